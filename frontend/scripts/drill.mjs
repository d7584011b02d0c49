// Runs the drill of the phone's program: node scripts/drill.mjs [SEED] [planted|short|full|N]
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const [seed = String(Math.floor(Math.random() * 2 ** 31)), size = 'full'] = process.argv.slice(2)
try {
  const { module } = await runnerImport(
    fileURLToPath(new URL('../tests/drill/command.ts', import.meta.url)),
    { configFile: false, logLevel: 'error' },
  )
  process.exitCode = await module.drill(Number(seed), size)
} catch (error) {
  console.error(error)
  process.exitCode = 2
}
