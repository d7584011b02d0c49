import type { Plugin } from 'vite'

/**
 * The first screen's own files are named in the page: the phone fetches them together with the program, instead of
 * learning of them when the program has started.
 */
export function firstScreen(pages: RegExp): Plugin {
  return {
    name: 'gridward-first-screen',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        const wanted = new Set<string>()
        const visit = (file: string) => {
          const chunk = bundle[file]
          if (chunk?.type !== 'chunk' || wanted.has(file)) return
          wanted.add(file)
          chunk.viteMetadata?.importedCss.forEach((style) => wanted.add(style))
          chunk.imports.forEach(visit)
        }
        for (const [file, chunk] of Object.entries(bundle))
          if (chunk.type === 'chunk' && pages.test(chunk.facadeModuleId ?? '')) visit(file)
        return [...wanted]
          .filter((file) => !html.includes(`/${file}"`))
          .map((file) => ({
            tag: 'link',
            attrs: file.endsWith('.css')
              ? { rel: 'preload', as: 'style', crossorigin: true, href: `/${file}` }
              : { rel: 'modulepreload', crossorigin: true, href: `/${file}` },
            injectTo: 'head' as const,
          }))
      },
    },
  }
}
