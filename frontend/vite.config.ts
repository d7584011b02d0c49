import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { serviceWorker } from './build/service-worker.ts'

const api = process.env.GRIDWARD_API

export default defineConfig(async ({ command }) => ({
  define: { __BUILD__: JSON.stringify(process.env.GRIDWARD_BUILD ?? 'dev') },
  plugins: [
    svelte(),
    serviceWorker({
      entry: fileURLToPath(new URL('src/sw/sw.ts', import.meta.url)),
      onDemand: /\/(pages|parts)\/(desk|admin)\/|text\/\w+\/(desk|admin)|maplibre/,
    }),
    // Without a real API (GRIDWARD_API) the development server answers from memory.
    ...(command === 'serve' && !api && !process.env.VITEST
      ? [(await import('./dev/fake-api.ts')).fakeApi()]
      : []),
  ],
  worker: { format: 'es' as const },
  server: { host: '127.0.0.1', ...(api ? { proxy: { '/api': { target: api } } } : {}) },
  build: {
    target: ['chrome100', 'safari16'],
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    manifest: true,
  },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
}))
