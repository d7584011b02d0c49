/** What is on this phone, handed to a person: shared as photos with a text, or saved as one page that opens anywhere. */
import { begunIn } from '../core/begun'
import { bodyOfItem, wordsOf } from '../core/changing'
import type { Item } from '../core/operations'
import type { Begun } from '../data/drafts'
import { photo } from '../data/outbox'
import { refusalWords } from './problem'
import { t, tMaybe } from './text/index.svelte'
import { when } from './when.svelte'

/** What the item is, in the words of its list. */
export function itemTitle(item: Item): string {
  if (item.kind === 'fact' && item.path.includes('/patrols/'))
    return tMaybe(`patrol.item.${item.type}`) ?? item.label.kind
  return item.kind !== 'operation'
    ? item.label.kind
    : `${tMaybe(`step.${item.type}`) ?? item.type} · ${item.label.kind}`
}

interface Told {
  lines: string[]
  photos: { name: string; bytes: ArrayBuffer }[]
}

async function tell(item: Item, number: number): Promise<Told> {
  const location = (bodyOfItem(item)['location'] ?? bodyOfItem(item)) as { lon?: number; lat?: number } | null
  const place = typeof location?.lon === 'number' ? `${location.lat}, ${location.lon}` : ''
  const told = [
    itemTitle(item),
    item.label.place,
    place,
    when(item.clock.captured_at, Date.now()),
    wordsOf(item) ?? '',
    item.refused ? refusalWords(item.refused) : t('mine.saved'),
    item.item_id,
  ]
  return { lines: told.filter(Boolean), photos: await pictures(item.photos, number) }
}

/** What somebody has begun and not sent: its words, whatever screen they were written on, and its photos. */
async function tellBegun({ changed_at, content }: Begun, number: number): Promise<Told> {
  const { words, photos } = begunIn(content)
  return {
    lines: [t('unsent.begun'), when(changed_at, Date.now()), ...words],
    photos: await pictures(photos, number),
  }
}

async function pictures(photos: readonly string[], number: number): Promise<Told['photos']> {
  const found = await Promise.all(photos.map((sha256) => photo(sha256)))
  return found.flatMap((one, index) =>
    one ? [{ name: `${number}-${index + 1}.jpg`, bytes: one.bytes }] : [],
  )
}

function asText(told: readonly Told[]): string {
  return told
    .map(({ lines, photos }) => [...lines, ...photos.map(({ name }) => name)].join('\n'))
    .join('\n\n')
}

function asPage(told: readonly Told[], title: string): string {
  const safe = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
  const picture = ({ bytes }: Told['photos'][number]) => {
    const codes = new Uint8Array(bytes)
    let binary = ''
    for (let at = 0; at < codes.length; at += 8192)
      binary += String.fromCharCode(...codes.subarray(at, at + 8192))
    return `<img alt="" style="max-width:100%" src="data:image/jpeg;base64,${btoa(binary)}">`
  }
  const parts = told.map(
    ({ lines, photos }) =>
      `<section><p>${lines.map(safe).join('<br>')}</p>${photos.map(picture).join('')}</section>`,
  )
  return `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${safe(title)}</title><h1>${safe(title)}</h1>${parts.join('<hr>')}`
}

/**
 * Hands items over with their photos, and what was begun; nothing on this phone changes. `left`: the person thought better
 * of it. Throws when the photos cannot be read.
 */
export async function handOver(
  items: readonly Item[],
  begun: readonly Begun[] = [],
): Promise<'shared' | 'saved' | 'left'> {
  const told = await Promise.all([
    ...items.map((item, index) => tell(item, index + 1)),
    ...begun.map((one, index) => tellBegun(one, items.length + index + 1)),
  ])
  const title = t('unsent.export_title')
  const files = [
    new File([asText(told)], 'gridward.txt', { type: 'text/plain' }),
    ...told.flatMap(({ photos }) =>
      photos.map(({ name, bytes }) => new File([bytes], name, { type: 'image/jpeg' })),
    ),
  ]
  if (navigator.canShare?.({ files })) {
    try {
      await navigator.share({ files, title })
      return 'shared'
    } catch (error) {
      if ((error as Error).name === 'AbortError') return 'left'
      // Some phones refuse a share although they said they could: the page is the other way.
    }
  }
  const url = URL.createObjectURL(new Blob([asPage(told, title)], { type: 'text/html' }))
  const link = document.createElement('a')
  link.href = url
  link.download = `gridward-${new Date().toISOString().slice(0, 10)}.html`
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
  return 'saved'
}
