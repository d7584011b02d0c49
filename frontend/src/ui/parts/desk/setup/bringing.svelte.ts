/** A past on its way in: the file and what was said of it, what it would bring, and how far it has come. */
import { pickedFirst, saidOtherwise, type Picked } from '../../../../core/past'
import {
  keepSaid,
  MOST_BYTES,
  pastColumns,
  pastDraft,
  putInAll,
  putInNext,
  saidOf,
  type Declared,
  type PastColumnsShown,
  type PastFile,
  type PastShown,
} from '../../../../data/past'
import { base64 } from '../../../../data/standards'
import { Doing } from '../../../doing.svelte'

export class Bringing {
  file = $state.raw<File | null>(null)
  columns = $state.raw<PastColumnsShown | null>(null)
  picked = $state.raw<Picked>({})
  declared = $state<Declared>({ time_zone: '', crs: '', dates: '', exchanged: false, system: '' })
  categories = $state.raw<Record<string, string>>({})
  units = $state.raw<Record<string, string>>({})
  /** What was looked at; null once something else is said. */
  asked = $state.raw<PastFile | null>(null)
  shown = $state.raw<PastShown | null>(null)
  running = $state.raw<AbortController | null>(null)
  /** Of the rows that were looked at, those still to come; null: none was asked for yet. */
  left = $state<number | null>(null)
  readonly doing = new Doing()

  private content = ''

  readonly tooLarge = $derived(this.file !== null && this.file.size > MOST_BYTES)
  readonly mayLook = $derived(this.columns !== null && this.columns.refused === null && this.running === null)
  readonly mayGo = $derived(this.asked !== null && !!this.shown?.report.ready && this.running === null)

  /** Counted from what is left: the answer to a request that was done may be lost on the way. */
  readonly came = $derived(this.left === null ? 0 : (this.shown?.report.ready ?? 0) - this.left)

  /** Something else was said: what was looked at is no longer what would come in. */
  begin = () => {
    this.asked = null
    this.shown = null
    this.left = null
    this.doing.failed = null
  }

  pick = (picked: Picked) => {
    this.picked = picked
    this.begin()
  }

  /** Words are given a meaning while they are looked at. */
  mean = (of: 'categories' | 'units', meant: Record<string, string>) => {
    this[of] = meant
    this.asked = null
  }

  choose = async (chosen: File | null) => {
    this.begin()
    this.file = chosen
    this.columns = null
    this.content = ''
    if (chosen === null || this.tooLarge) return
    const before = saidOf(nameOf(chosen))
    if (before) Object.assign(this.declared, before.declared)
    this.categories = before?.categories ?? {}
    this.units = before?.units ?? {}
    this.picked = before?.fields ?? {}
    await this.doing.run(async () => {
      this.content = await base64(chosen)
      await this.readColumns(chosen)
    })
  }

  /** Which pair of coordinates is read depends on what they are said to be. */
  readAnew = async () => {
    const { file } = this
    if (file !== null && this.content) await this.doing.run(() => this.readColumns(file))
  }

  look = async () => {
    const [file, columns] = [this.file, this.columns]
    if (file === null || columns === null) return
    this.begin()
    const [fields, { categories, units, declared }] = [saidOtherwise(this.picked, columns.fields), this]
    await this.doing.run(async () => {
      keepSaid({ of: nameOf(file), fields, categories, units, declared })
      const meant: PastFile = {
        name: file.name,
        content: this.content,
        fields,
        categories,
        units,
        crs: declared.crs.trim() || null,
        time_zone: declared.time_zone.trim() || null,
        dates: declared.dates || null,
        exchanged: declared.exchanged,
        system: declared.system.trim(),
      }
      this.shown = await pastDraft(meant)
      this.asked = meant
    })
  }

  go = async () => {
    const [meant, seen] = [this.asked, this.shown?.report.seen]
    if (meant === null || seen === undefined || this.running) return
    const stop = (this.running = new AbortController())
    await this.doing.run(() =>
      putInAll(
        () => putInNext(meant, seen),
        (one) => (this.left = one.left),
        stop.signal,
      ),
    )
    this.running = null
    if (this.left === 0) this.asked = null
  }

  /** After the rows that are under way. */
  stop = () => this.running?.abort()

  private readColumns = async (file: File) => {
    const crs = this.declared.crs.trim() || null
    const found = await pastColumns({ name: file.name, content: this.content, crs })
    const said = saidOtherwise(this.picked, this.columns?.fields ?? {})
    this.picked = pickedFirst(found.fields, said, found.headings)
    this.columns = found
  }
}

function nameOf(file: File): string {
  return `${file.name} ${file.size}`
}
