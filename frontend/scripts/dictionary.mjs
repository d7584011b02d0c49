// Both languages have the same keys with the same values in braces, and no text is empty.
import { readdirSync } from 'node:fs'
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
    if (!zh[key] || !en[key]) problems.push(`${part}: ${key} is missing or empty in ${zh[key] ? 'en' : 'zh'}`)
    else if (names(zh[key]).sort().join() !== names(en[key]).sort().join())
      problems.push(`${part}: ${key} has other values in the two languages`)
  }
}
await server.close()
problems.forEach((problem) => console.error(problem))
console.log(`${count} texts in two languages`)
process.exit(problems.length ? 1 : 0)
