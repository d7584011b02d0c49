import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { build, type Manifest, type Plugin, type ResolvedConfig } from 'vite'

interface Options {
  entry: string
  /** Sources that are fetched when wanted; they and what only they need are not kept on the phone. */
  onDemand: RegExp
}

const hashed = /^assets\/.*-[\w-]{8}\./

/** The files of a build that the entry reaches without passing through a source on demand. */
function reached(manifest: Manifest, onDemand: RegExp): Set<string> {
  const files = new Set<string>()
  const visit = (key: string) => {
    const chunk = manifest[key]
    if (!chunk || files.has(chunk.file) || onDemand.test(key)) return
    files.add(chunk.file)
    for (const file of [...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file)
    for (const next of [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])]) visit(next)
  }
  visit('index.html')
  return files
}

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
      const manifest = JSON.parse(readFileSync(path.join(out, '.vite/manifest.json'), 'utf8')) as Manifest
      const wanted = reached(manifest, onDemand)
      const walk = (folder: string): string[] =>
        readdirSync(folder).flatMap((name) => {
          const file = path.join(folder, name)
          return statSync(file).isDirectory() ? walk(file) : [file]
        })
      const files = walk(out)
        .map((file) => ({ file, url: path.relative(out, file).replaceAll('\\', '/') }))
        .filter(({ url }) => url !== 'sw.js' && !url.startsWith('.vite/'))
        .filter(({ url }) => !url.startsWith('assets/') || wanted.has(url))
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
