import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { serviceWorker } from './build/service-worker.ts'

/** Where `npm run dev` finds the API: a server started with `gridward up`. */
const api = process.env.GRIDWARD_API ?? 'http://127.0.0.1:8000'

const FIRST = /src\/(main\.ts|ui\/pages\/(Home|Report)\.svelte)$/
const DESK = /src\/ui\/pages\/desk\/Desk\.svelte$/
/** What pages of the phone share with one another or with the desk. */
const SHARED = /src\/(core|data|ui\/(?!pages\/(desk|admin)\/|parts\/(desk|admin)\/|text\/))/
const WORDS = /text\/(\w+)\/(cases|field|map|progress|refusals)\.ts$/
const DESK_WORDS = /text\/(\w+)\/(desk|figures|intake|mapping|official|tray)\.ts$/

export default defineConfig({
  define: { __BUILD__: JSON.stringify(process.env.GRIDWARD_BUILD ?? 'dev') },
  plugins: [
    svelte(),
    serviceWorker({
      entry: fileURLToPath(new URL('src/sw/sw.ts', import.meta.url)),
      onDemand:
        /\/(pages|parts)\/(desk|admin)\/|^_(words-)?desk-|text\/\w+\/(territory|rules|standards)|maplibre/,
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
    // What the first screen needs comes as one file, the desk as one more: on a slow network every round is paid for. What
    // both need is a file of its own, or phones would fetch the desk with it.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'first', test: FIRST, priority: 3 },
            { name: 'shared', test: SHARED, priority: 2, minShareCount: 2 },
            { name: 'desk', test: DESK, priority: 1 },
            { name: (id) => `words-${WORDS.exec(id)?.[1]}`, test: WORDS },
            { name: (id) => `words-desk-${DESK_WORDS.exec(id)?.[1]}`, test: DESK_WORDS },
          ],
        },
      },
    },
  },
  // Stories of many hours take seconds, on a busy machine many.
  test: { include: ['tests/**/*.test.ts'], environment: 'node', testTimeout: 60_000 },
})
