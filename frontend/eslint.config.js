import js from '@eslint/js'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'
import svelteConfig from './svelte.config.js'

const forbid = (patterns) => ({ 'no-restricted-imports': ['error', { patterns }] })

export default ts.config(
  { ignores: ['dist', 'node_modules', 'src/core/lifecycle.gen.ts', 'src/data/schema.d.ts'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      'no-undef': 'off',
      eqeqeq: ['error', 'smart'],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // The app has its own path router; these rules are for SvelteKit's.
      'svelte/no-navigation-without-resolve': 'off',
      // State here is replaced, never changed in place ($state.raw).
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  {
    files: ['src/core/**'],
    rules: {
      // core is pure: the clock, chance, the network and storage are arguments.
      ...forbid([{ regex: '/(data|ui|sw)/(?!schema$)', message: 'core knows only itself' }]),
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: 'pass the time',
        },
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'pass the time' },
        {
          selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
          message: 'pass chance',
        },
      ],
    },
  },
  {
    files: ['src/ui/**'],
    rules: forbid([
      {
        regex: 'data/(api|db|schema)(\\.ts)?$',
        message: 'screens speak to data/<capability>, never to the wire or the store',
      },
    ]),
  },
  {
    files: ['src/data/**'],
    rules: forbid([{ regex: '/ui/', message: 'data knows no screen' }]),
  },
  {
    files: ['**/*.js', '**/*.mjs', 'vite.config.ts', 'build/**', 'tests/**'],
    languageOptions: { globals: globals.node },
  },
)
