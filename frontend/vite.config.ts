import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { serviceWorker } from './build/service-worker.ts'

/** Where `npm run dev` finds the API: a server started with `gridward up`. */
const api = process.env.GRIDWARD_API ?? 'http://127.0.0.1:8000'

/** What comes as one file, with all that it needs and no earlier group has: whoever is far away pays for every round. */
const TOGETHER = [
  { name: 'first', test: /src\/(main\.ts|ui\/pages\/(Home|Report)\.svelte)$/ },
  // What phones and the desk show tickets with.
  {
    name: 'shown',
    test: /src\/(core\/apply\.ts|ui\/(held\.svelte|loading\.svelte|plain|pages\/ticket\/seen)\.ts|ui\/parts\/(StateChip|TimeLeft|Progress|Sketch|Empty|map\/Marks)\.svelte)$/,
  },
  { name: 'frame', test: /src\/ui\/parts\/desk\/(Frame|Panes)\.svelte$/ },
  { name: 'desk', test: /src\/ui\/pages\/desk\/Desk\.svelte$/ },
  ...['zh', 'en'].map((language) => ({
    name: `desk-words-${language}`,
    test: new RegExp(`src/ui/text/${language}/(desk|cases|mapping|official|figures|intake|tray)\\.ts$`),
  })),
].map((group, place, all) => ({ ...group, priority: all.length - place }))

export default defineConfig({
  define: { __BUILD__: JSON.stringify(process.env.GRIDWARD_BUILD ?? 'dev') },
  plugins: [
    svelte(),
    serviceWorker({
      entry: fileURLToPath(new URL('src/sw/sw.ts', import.meta.url)),
      onDemand:
        /\/(pages|parts)\/(desk|admin)\/|text\/\w+\/(territory|rules|standards)|maplibre|^_(desk|frame)/,
    }),
  ],
  worker: { format: 'es' },
  server: { host: '127.0.0.1', proxy: { '/api': api, '^/[pu]/': api } },
  build: {
    target: ['chrome100', 'safari16'],
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    manifest: true,
    rolldownOptions: { output: { codeSplitting: { groups: TOGETHER } } },
  },
  // Stories of many hours take seconds, on a busy machine many.
  test: { include: ['tests/**/*.test.ts'], environment: 'node', testTimeout: 60_000 },
})
