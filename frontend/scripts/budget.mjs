// The report screen's first load, which is the program's own: what the entry imports and the worker that makes photos
// small, compressed; fails above the limit.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const LIMIT_KB = 80
const dist = new URL(`file://${process.cwd()}/${process.argv[2] ?? 'dist'}/`)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))
const files = new Set()

function collect(key) {
  const chunk = manifest[key]
  if (!chunk || files.has(chunk.file)) return
  files.add(chunk.file)
  chunk.css?.forEach((file) => files.add(file))
  chunk.assets?.filter((file) => file.endsWith('.js')).forEach((file) => files.add(file))
  chunk.imports?.forEach(collect)
}
collect('index.html')
if (![...files].some((file) => /\/encode-/.test(file)))
  throw new Error('the report screen is not in the first load')

let sum = 0
for (const file of [...files].sort()) {
  const bytes = gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length
  sum += bytes
  console.log(`${(bytes / 1024).toFixed(1).padStart(7)} KB  ${file}`)
}
console.log(
  `${(sum / 1024).toFixed(1).padStart(7)} KB  report screen, JavaScript and CSS, gzip; limit ${LIMIT_KB} KB`,
)
if (sum > LIMIT_KB * 1024) process.exit(1)
