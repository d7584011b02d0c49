/** Paths and history. Pages are named in `routes.ts`. */
import { routes, type Route } from './routes'

export interface Match {
  route: Route
  params: Record<string, string>
  query: URLSearchParams
  hash: string
}

let url = $state.raw(new URL(location.href))
let depth = 0

addEventListener('popstate', () => {
  depth = Math.max(0, depth - 1)
  url = new URL(location.href)
})

export function go(to: string, { replace = false } = {}) {
  const next = new URL(to, location.href)
  if (next.href === location.href) return
  history[replace ? 'replaceState' : 'pushState'](null, '', next)
  if (!replace) depth += 1
  url = next
  scrollTo(0, 0)
}

/** One page back; from a page that was opened first, to `home`. */
export function back(home = '/') {
  if (depth > 0) history.back()
  else go(home, { replace: true })
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
