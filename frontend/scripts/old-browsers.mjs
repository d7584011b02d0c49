// The built code runs on Chrome 100 and Safari 16: it is written in ES2022 less what Safari lacked, calls nothing that
// came later without having asked for it, and its styles have a value for browsers that do not know the newer one.
import { readdirSync, readFileSync } from 'node:fs'
import { Linter } from 'eslint'

const dist = new URL(`file://${process.cwd()}/${process.argv[2] ?? 'dist'}/`)

/** What came with a later Chrome or Safari, and with which. A program that asks first may use it: see `asked`. */
const LATER = {
  toSorted: 'Chrome 110',
  toReversed: 'Chrome 110',
  toSpliced: 'Chrome 110',
  groupBy: 'Chrome 117',
  withResolvers: 'Chrome 119',
  fromAsync: 'Chrome 121',
  isWellFormed: 'Chrome 111',
  toWellFormed: 'Chrome 111',
  symmetricDifference: 'Chrome 122',
  isSubsetOf: 'Chrome 122',
  isSupersetOf: 'Chrome 122',
  isDisjointFrom: 'Chrome 122',
  canParse: 'Chrome 120',
  checkVisibility: 'Chrome 105',
  showPopover: 'Chrome 114',
  startViewTransition: 'Chrome 111',
  replaceChildrenUnsafe: 'Chrome 124',
  setHTMLUnsafe: 'Chrome 124',
}
const LATER_STATICS = {
  AbortSignal: { timeout: 'Chrome 103', any: 'Chrome 116' },
  Promise: { try: 'Chrome 128' },
  URL: { parse: 'Chrome 126' },
  Iterator: { from: 'Chrome 122' },
}
const LATER_GLOBALS = {
  OffscreenCanvas: 'Safari 16.4',
  CompressionStream: 'Safari 16.4',
  DecompressionStream: 'Safari 16.4',
  PushManager: 'Safari 16.4',
  Notification: 'Safari 16.4',
  requestIdleCallback: 'Safari, never',
  cancelIdleCallback: 'Safari, never',
  scheduler: 'Safari, never',
  CloseWatcher: 'Chrome 126',
  navigation: 'Chrome 102',
  Iterator: 'Chrome 122',
}

/** A file that asks whether the browser has it: `typeof name`, `'name' in …` or `….name?.`. */
function asked(text, name) {
  return (
    new RegExp(`typeof\\s+${name}\\b`).test(text) ||
    new RegExp(`[\`'"]${name}[\`'"]\\s*in\\b`).test(text) ||
    new RegExp(`\\b${name}\\s*\\?\\.`).test(text)
  )
}

const later = {
  create(context) {
    const text = context.sourceCode.text
    const tell = (node, name, since) => {
      if (!asked(text, name)) context.report({ node, message: `${name} came with ${since}` })
    }
    return {
      MemberExpression(node) {
        if (node.computed || node.optional) return
        const name = node.property.name
        if (Object.hasOwn(LATER, name)) tell(node, name, LATER[name])
        const statics = LATER_STATICS[node.object.name]
        if (statics && Object.hasOwn(statics, name)) tell(node, `${node.object.name}.${name}`, statics[name])
      },
      'Program:exit'(node) {
        for (const reference of context.sourceCode.getScope(node).through) {
          const { name } = reference.identifier
          if (Object.hasOwn(LATER_GLOBALS, name)) tell(reference.identifier, name, LATER_GLOBALS[name])
        }
      },
      StaticBlock: (node) => context.report({ node, message: 'a static block came with Safari 16.4' }),
      Literal(node) {
        if (node.regex && /\(\?<[=!]/.test(node.regex.pattern))
          context.report({ node, message: 'looking behind in a regular expression came with Safari 16.4' })
      },
    }
  },
}

const problems = []
const linter = new Linter()
function program(file, text) {
  const module = file !== 'sw.js'
  const found = linter.verify(text, {
    languageOptions: { ecmaVersion: 2022, sourceType: module ? 'module' : 'script' },
    linterOptions: { reportUnusedDisableDirectives: 'off', noInlineConfig: true },
    plugins: { browsers: { rules: { later } } },
    rules: { 'browsers/later': 'error' },
  })
  for (const { line, column, message } of found) {
    const around = text.split('\n')[line - 1]?.slice(Math.max(0, column - 40), column + 40) ?? ''
    problems.push(`${file}: ${message}: …${around}…`)
  }
}

const NEWER_STYLE = [
  [/:has\(/, ':has(): Chrome 105'],
  [/@container\b/, '@container: Chrome 105'],
  [/@scope\b/, '@scope: Chrome 118'],
  [/@starting-style\b/, '@starting-style: Chrome 117'],
  [/\b(color-mix|oklch|oklab|light-dark)\(/, 'newer colours: Chrome 111'],
  [/[{;]\s*&|\}\s*&/, 'nesting: Chrome 112'],
]
function style(file, text) {
  for (const [pattern, what] of NEWER_STYLE) if (pattern.test(text)) problems.push(`${file}: ${what}`)
  const plain = text.replace(/@supports[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}/g, '')
  for (const [, block] of plain.matchAll(/\{([^{}]*)\}/g))
    for (const [, name] of block.matchAll(/([\w-]+)\s*:[^;]*\d[dsl]v[hw]\b/g))
      if (!new RegExp(`(^|;)\\s*${name}\\s*:[^;]*;.*${name}\\s*:[^;]*\\d[dsl]v[hw]`).test(block))
        problems.push(`${file}: ${name} in dvh without a value for Chrome before 108: ${block.slice(0, 80)}`)
}

let count = 0
for (const file of readdirSync(dist, { recursive: true }).map(String)) {
  if (!/\.(js|css)$/.test(file)) continue
  const text = readFileSync(new URL(file, dist), 'utf8')
  count += 1
  if (file.endsWith('.js')) program(file, text)
  else style(file, text)
}
problems.forEach((problem) => console.error(problem))
console.log(`${count} built files, ${problems.length} places that Chrome 100 or Safari 16 cannot run`)
process.exit(problems.length ? 1 : 0)
