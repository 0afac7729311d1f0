// Rules that have a reason: each has bitten somebody (promises nobody waits for, types that are `any` in disguise, dates from chance in
// a workflow). Style is prettier's business.
import eslint from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import typescript from 'typescript-eslint'

const inSandboxOf = (what) => `${what} differs at replay: take it from the workflow's input, an activity or @temporalio/workflow`

const houseTime = 'The house has a clock of its own: now() and after() of workflows/clock.ts'

export default defineConfig([
  globalIgnores(['build/', '.data/', 'coverage/', 'prisma/client/', 'node_modules/', 'e2e/screenshots/']),
  eslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [typescript.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true, allowNever: true }],
      // a port may answer at once and still be asynchronous to its callers
      '@typescript-eslint/require-await': 'off',
      // asynchronous methods are handed on as plain functions all over: operations, ports, activities
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/only-throw-error': [
        'error',
        { allow: [{ from: 'lib', name: 'Response' }], allowThrowingUnknown: true },
      ],
      'no-console': 'error',
      // control characters are looked for on purpose: hostile text
      'no-control-regex': 'off',
      eqeqeq: ['error', 'smart'],
    },
  },
  {
    // what a workflow may not touch, because a replay would see something else
    files: ['workflows/**/*.ts'],
    ignores: ['**/*.test.ts', 'workflows/clock.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: inSandboxOf('Chance') },
        { object: 'process', property: 'env', message: inSandboxOf('The environment') },
        { object: 'Date', property: 'now', message: houseTime },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: houseTime },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: inSandboxOf('The network') },
        { name: 'Buffer', message: 'Not there in the sandbox' },
      ],
    },
  },
  {
    // configuration is read once, in config.ts, and passed down
    files: ['api/**/*.ts', 'activities/**/*.ts', 'web/app/**/*.ts', 'web/app/**/*.tsx'],
    ignores: ['**/*.test.ts', '**/config.ts', '**/main.ts', 'api/first-admin.ts', 'web/app/entry.*'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Read it in config.ts and pass it down' },
      ],
    },
  },
  {
    // Remix throws responses; a field of a form is text or a file, and String(file) is a wrong name like any other
    files: ['web/**/*.ts', 'web/**/*.tsx'],
    rules: { '@typescript-eslint/only-throw-error': 'off', '@typescript-eslint/no-base-to-string': 'off' },
  },
  {
    // programs that speak to a terminal, and the one place where a page's failure is told
    files: [
      'web/app/entry.server.tsx',
      'dev/**/*.ts',
      'prisma/*.ts',
      '**/main.ts',
      'api/first-admin.ts',
      '**/bench*.ts',
      'worker/*.ts',
      'e2e/**/*.ts',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.js', '**/*.cjs'],
    rules: { 'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }] },
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        module: 'writable',
      },
    },
  },
])
