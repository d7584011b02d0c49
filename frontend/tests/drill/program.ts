/** The phone's program, bundled once and run any number of times, each time with globals of its own. */
import { fileURLToPath } from 'node:url'
import { build, type Rollup } from 'vite'

export type Phone = typeof import('./phone')
export type Program = (globals: Record<string, unknown>) => Phone

export async function bundled(): Promise<Program> {
  const made = (await build({
    configFile: false,
    logLevel: 'silent',
    define: { __BUILD__: '"drill"' },
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      lib: { entry: fileURLToPath(new URL('phone.ts', import.meta.url)), formats: ['iife'], name: 'phone' },
    },
  })) as Rollup.RollupOutput[]
  const code = made[0]!.output[0].code
  return (globals) => {
    const names = Object.keys(globals)
    const run = new Function(...names, `${code}\nreturn phone`) as (...values: unknown[]) => Phone
    return run(...names.map((name) => globals[name]))
  }
}
