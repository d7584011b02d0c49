/**
 * The words on the screen. Chinese is the source; English has the same keys (the compiler checks it). Words come in
 * parts: `shell` and `report` are there at once, the others are loaded with the pages that need them.
 *
 * In a text, `{name}` is a value and `{n:one|many}` picks a word by the number.
 */
import { report } from './zh/report'
import { shell } from './zh/shell'

export type Language = 'zh' | 'en'
export type Part =
  | 'map'
  | 'mapping'
  | 'help'
  | 'shell'
  | 'report'
  | 'field'
  | 'refusals'
  | 'desk'
  | 'rules'
  | 'official'
  | 'territory'
  | 'standards'
  | 'progress'
  | 'messages'
  | 'push'
  | 'tray'
  | 'trust'
  | 'figures'
  | 'cases'
  | 'intake'
  | 'ledgers'
  | 'patrols'
  | 'setup'
  | 'past'
  | 'safety'
  | 'visits'
  | 'households'
  | 'household'

type Texts = typeof shell &
  typeof report &
  typeof import('./zh/field').field &
  typeof import('./zh/map').map &
  typeof import('./zh/mapping').mapping &
  typeof import('./zh/help').help &
  typeof import('./zh/refusals').refusals &
  typeof import('./zh/desk').desk &
  typeof import('./zh/rules').rules &
  typeof import('./zh/official').official &
  typeof import('./zh/territory').territory &
  typeof import('./zh/standards').standards &
  typeof import('./zh/progress').progress &
  typeof import('./zh/messages').messages &
  typeof import('./zh/push').push &
  typeof import('./zh/tray').tray &
  typeof import('./zh/trust').trust &
  typeof import('./zh/figures').figures &
  typeof import('./zh/cases').cases &
  typeof import('./zh/intake').intake &
  typeof import('./zh/ledgers').ledgers &
  typeof import('./zh/patrols').patrols &
  typeof import('./zh/setup').setup &
  typeof import('./zh/past').past &
  typeof import('./zh/safety').safety &
  typeof import('./zh/visits').visits &
  typeof import('./zh/households').households &
  typeof import('./zh/household').household

export type Key = Extract<keyof Texts, string>
export type Values = Record<string, string | number>

type Table = Record<string, string>

const loaders: Record<Language, Record<Part, () => Promise<Table>>> = {
  zh: {
    shell: async () => shell,
    report: async () => report,
    field: async () => (await import('./zh/field')).field,
    map: async () => (await import('./zh/map')).map,
    mapping: async () => (await import('./zh/mapping')).mapping,
    help: async () => (await import('./zh/help')).help,
    refusals: async () => (await import('./zh/refusals')).refusals,
    desk: async () => (await import('./zh/desk')).desk,
    rules: async () => (await import('./zh/rules')).rules,
    official: async () => (await import('./zh/official')).official,
    territory: async () => (await import('./zh/territory')).territory,
    standards: async () => (await import('./zh/standards')).standards,
    progress: async () => (await import('./zh/progress')).progress,
    messages: async () => (await import('./zh/messages')).messages,
    push: async () => (await import('./zh/push')).push,
    tray: async () => (await import('./zh/tray')).tray,
    trust: async () => (await import('./zh/trust')).trust,
    figures: async () => (await import('./zh/figures')).figures,
    cases: async () => (await import('./zh/cases')).cases,
    intake: async () => (await import('./zh/intake')).intake,
    ledgers: async () => (await import('./zh/ledgers')).ledgers,
    patrols: async () => (await import('./zh/patrols')).patrols,
    setup: async () => (await import('./zh/setup')).setup,
    past: async () => (await import('./zh/past')).past,
    safety: async () => (await import('./zh/safety')).safety,
    visits: async () => (await import('./zh/visits')).visits,
    households: async () => (await import('./zh/households')).households,
    household: async () => (await import('./zh/household')).household,
  },
  en: {
    shell: async () => (await import('./en/shell')).shell,
    report: async () => (await import('./en/report')).report,
    field: async () => (await import('./en/field')).field,
    map: async () => (await import('./en/map')).map,
    mapping: async () => (await import('./en/mapping')).mapping,
    help: async () => (await import('./en/help')).help,
    refusals: async () => (await import('./en/refusals')).refusals,
    desk: async () => (await import('./en/desk')).desk,
    rules: async () => (await import('./en/rules')).rules,
    official: async () => (await import('./en/official')).official,
    territory: async () => (await import('./en/territory')).territory,
    standards: async () => (await import('./en/standards')).standards,
    progress: async () => (await import('./en/progress')).progress,
    messages: async () => (await import('./en/messages')).messages,
    push: async () => (await import('./en/push')).push,
    tray: async () => (await import('./en/tray')).tray,
    trust: async () => (await import('./en/trust')).trust,
    figures: async () => (await import('./en/figures')).figures,
    cases: async () => (await import('./en/cases')).cases,
    intake: async () => (await import('./en/intake')).intake,
    ledgers: async () => (await import('./en/ledgers')).ledgers,
    patrols: async () => (await import('./en/patrols')).patrols,
    setup: async () => (await import('./en/setup')).setup,
    past: async () => (await import('./en/past')).past,
    safety: async () => (await import('./en/safety')).safety,
    visits: async () => (await import('./en/visits')).visits,
    households: async () => (await import('./en/households')).households,
    household: async () => (await import('./en/household')).household,
  },
}

const STORED = 'language'
const wanted = new Set<Part>(['shell', 'report'])
/** Language and number of parts that the table holds. */
let held = 'zh 2'

let table = $state.raw<Table>({ ...shell, ...report })
let current = $state<Language>('zh')

export function language(): Language {
  return current
}

/** Brings the parts asked for in the language of now; an older answer never covers a newer one. */
async function refresh(): Promise<void> {
  const language = current
  const parts = [...wanted]
  const loaded = await Promise.all(parts.map((part) => loaders[language][part]()))
  if (language !== current || parts.length !== wanted.size) return refresh()
  table = Object.assign({}, ...loaded)
  held = `${language} ${parts.length}`
}

export async function loadTexts(parts: readonly Part[]): Promise<void> {
  parts.forEach((part) => wanted.add(part))
  if (held !== `${current} ${wanted.size}`) await refresh()
}

export async function setLanguage(next: Language): Promise<void> {
  current = next
  localStorage.setItem(STORED, next)
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en'
  await refresh()
  document.title = t('app.name')
}

/** The language chosen before, else the phone's when it is English only. */
export async function startLanguage(): Promise<void> {
  const stored = localStorage.getItem(STORED)
  if (stored === 'en' || (stored === null && navigator.languages.every((name) => /^en\b/i.test(name))))
    await setLanguage('en')
}

/** A large number as it is written: 1,234,567. */
export function grouped(n: number): string {
  return n.toLocaleString(current === 'zh' ? 'zh-CN' : 'en-GB')
}

export function t(key: Key, values: Values = {}): string {
  return fill(table[key] ?? key, values)
}

/** A text whose key is made at run time, such as a state or a refusal code; null when there is none. */
export function tMaybe(key: string, values: Values = {}): string | null {
  const text = table[key]
  return text === undefined ? null : fill(text, values)
}

function fill(text: string, values: Values): string {
  return text.replace(
    /\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g,
    (all, name: string, one?: string, many?: string) => {
      const value = values[name]
      if (value === undefined) return all
      if (one !== undefined && many !== undefined) return Number(value) === 1 ? one : many
      return String(value)
    },
  )
}
