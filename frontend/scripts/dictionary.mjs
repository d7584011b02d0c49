// Both languages have the same keys with the same values in braces, no text is empty, no key stands in two parts (the
// compiler would know no key any more and let every one pass), and every code with which the server refuses has a text.
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'vite'

const server = await createServer({
  configFile: false,
  logLevel: 'error',
  server: { middlewareMode: true, watch: null, hmr: false, ws: false },
  appType: 'custom',
  optimizeDeps: { noDiscovery: true },
})
const names = (text) =>
  [...text.matchAll(/\{(\w+)/g)].map((found) => found[1]).filter((name, at, all) => all.indexOf(name) === at)
const problems = []
const partOf = new Map()
let count = 0
for (const file of readdirSync('src/ui/text/zh')) {
  const part = file.replace('.ts', '')
  const [zh, en] = await Promise.all(
    ['zh', 'en'].map(
      async (language) => (await server.ssrLoadModule(`/src/ui/text/${language}/${file}`))[part],
    ),
  )
  for (const key of new Set([...Object.keys(zh), ...Object.keys(en)])) {
    count += 1
    if (partOf.has(key)) problems.push(`${key} stands in ${partOf.get(key)} and in ${part}`)
    partOf.set(key, part)
    if (!zh[key] || !en[key]) problems.push(`${part}: ${key} is missing or empty in ${zh[key] ? 'en' : 'zh'}`)
    else if (names(zh[key]).sort().join() !== names(en[key]).sort().join())
      problems.push(`${part}: ${key} has other values in the two languages`)
  }
}
const { refusals } = await server.ssrLoadModule('/src/ui/text/zh/refusals.ts')
await server.close()

// Imports are refused on the command line, with words of their own.
const OF_IMPORTS =
  /gateways|cli\/|domain\/(territory|calendar|standards|routing\/document)|importing|publishing|jurisdictions|persistence\/server/
const REFUSAL = /\b(?:Refusal|NotFound|Forbidden|Conflict|Malformed|Unavailable)\(\s*"([a-z_.]+)"/g
const SERVER = '../src/gridward'
for (const file of readdirSync(SERVER, { recursive: true }).map(String)) {
  if (!file.endsWith('.py') || OF_IMPORTS.test(file)) continue
  for (const [, code] of readFileSync(`${SERVER}/${file}`, 'utf8').matchAll(REFUSAL))
    if (!(`refused.${code}` in refusals)) problems.push(`no text for the refusal ${code} (${file})`)
}

problems.forEach((problem) => console.error(problem))
console.log(`${count} texts in two languages`)
process.exit(problems.length ? 1 : 0)
