import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { serviceWorker } from './build/service-worker.ts'

/** Where `npm run dev` finds the API: a server started with `gridward up`. */
const api = process.env.GRIDWARD_API ?? 'http://127.0.0.1:8000'

const FIRST = /src\/(main\.ts|ui\/pages\/(Home|Report)\.svelte)$/

export default defineConfig({
  define: { __BUILD__: JSON.stringify(process.env.GRIDWARD_BUILD ?? 'dev') },
  plugins: [
    svelte(),
    serviceWorker({
      entry: fileURLToPath(new URL('src/sw/sw.ts', import.meta.url)),
      onDemand:
        /\/(pages|parts)\/(desk|admin)\/|text\/\w+\/(desk|mapping|official|territory|rules|standards)|maplibre/,
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
    // What the first screen needs comes as one file: a phone on a slow network pays for every further round.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'first', test: FIRST }] } },
    },
  },
  // Stories of many hours take seconds, on a busy machine many.
  test: { include: ['tests/**/*.test.ts'], environment: 'node', testTimeout: 60_000 },
})
