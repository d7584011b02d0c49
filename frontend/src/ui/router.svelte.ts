/** Paths and history. Pages are named in `routes.ts`. */
import { routes, type Route } from './routes'

export interface Match {
  route: Route
  params: Record<string, string>
  query: URLSearchParams
  hash: string
}

/** What an entry of the browser's history knows of itself; it outlives a reload. */
interface Entry {
  /** How many pages of this app lie before it. */
  depth: number
}

let url = $state.raw(new URL(location.href))

addEventListener('popstate', () => (url = new URL(location.href)))

function depth(): number {
  return (history.state as Entry | null)?.depth ?? 0
}

export function go(to: string, { replace = false } = {}) {
  const next = new URL(to, location.href)
  if (next.href === location.href) return
  if (replace) history.replaceState({ depth: depth() } satisfies Entry, '', next)
  else history.pushState({ depth: depth() + 1 } satisfies Entry, '', next)
  url = next
  scrollTo(0, 0)
}

/** One page back; from a page that was opened first, to `home`. */
export function back(home = '/') {
  if (depth() > 0) history.back()
  else go(home, { replace: true })
}

/** Back over so many entries, as far as they are this app's; resolves when the browser is there. */
export async function rewind(entries: number): Promise<void> {
  const far = Math.min(entries, depth())
  if (far === 0) return
  await new Promise<void>((there) => {
    addEventListener('popstate', () => there(), { once: true })
    history.go(-far)
  })
}

export function here(): URL {
  return url
}

export function match(): Match | null {
  const parts = url.pathname.split('/').filter(Boolean)
  for (const route of routes) {
    const wanted = route.path.split('/').filter(Boolean)
    if (wanted.length !== parts.length) continue
    const params: Record<string, string> = {}
    const fits = wanted.every((part, index) => {
      if (!part.startsWith(':')) return part === parts[index]
      params[part.slice(1)] = decodeURIComponent(parts[index]!)
      return true
    })
    if (fits) return { route, params, query: url.searchParams, hash: url.hash.slice(1) }
  }
  return null
}

/** Lets plain `<a href>` inside the app move without loading the page again. */
export function followLinks(event: MouseEvent) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
  const link = (event.target as Element | null)?.closest('a')
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return
  if (link.pathname.startsWith('/api/')) return
  event.preventDefault()
  go(link.href)
}
