import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { build, type Plugin, type ResolvedConfig } from 'vite'

interface Options {
  entry: string
  /** Files that are fetched when wanted instead of at installation. */
  onDemand: RegExp[]
}

const hashed = /^assets\/.*-[\w-]{8}\./

/** Builds the service worker with Vite itself and gives it the list of the files of this build. */
export function serviceWorker({ entry, onDemand }: Options): Plugin {
  let config: ResolvedConfig
  return {
    name: 'gridward-service-worker',
    apply: 'build',
    enforce: 'post',
    configResolved(resolved) {
      config = resolved
    },
    async closeBundle() {
      const out = path.resolve(config.root, config.build.outDir)
      const walk = (folder: string): string[] =>
        readdirSync(folder).flatMap((name) => {
          const file = path.join(folder, name)
          return statSync(file).isDirectory() ? walk(file) : [file]
        })
      const files = walk(out)
        .map((file) => ({ file, url: path.relative(out, file).replaceAll('\\', '/') }))
        .filter(
          ({ url }) =>
            url !== 'sw.js' && !url.startsWith('.vite/') && !onDemand.some((pattern) => pattern.test(url)),
        )
        .sort((a, b) => (a.url < b.url ? -1 : 1))
      const precache = files.map(({ file, url }) => ({
        url: `/${url}`,
        revision: hashed.test(url)
          ? null
          : createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16),
      }))
      await build({
        configFile: false,
        root: config.root,
        publicDir: false,
        logLevel: 'warn',
        define: {
          'self.__PRECACHE': JSON.stringify(precache),
          'process.env.NODE_ENV': '"production"',
        },
        build: {
          outDir: out,
          emptyOutDir: false,
          target: config.build.target,
          lib: { entry, formats: ['iife'], name: 'sw', fileName: () => 'sw.js' },
        },
      })
      const bytes = files.reduce((sum, { file }) => sum + statSync(file).size, 0)
      config.logger.info(
        `service worker: ${files.length} files, ${Math.round(bytes / 1024)} KiB kept on the phone`,
      )
    },
  }
}
