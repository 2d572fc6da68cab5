import neostandard, { plugins } from 'neostandard'

export default [
  ...neostandard({ ts: true, ignores: ['node_modules', '.tap', 'data'] }),
  {
    files: ['**/*.ts'],
    // Quicker than a project service, which is made for editors.
    languageOptions: { parserOptions: { project: ['tsconfig.json', 'src/pages/tsconfig.json'], tsconfigRootDir: import.meta.dirname } },
    plugins: { '@typescript-eslint': plugins['typescript-eslint'].plugin },
    rules: {
      '@typescript-eslint/no-floating-promises': ['error', {
        // tap itself waits for its tests.
        allowForKnownSafePromises: [{ from: 'package', name: 'PromiseWithSubtest', package: '@tapjs/core' }]
      }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      // A schema and the type of what it describes share one name.
      '@typescript-eslint/no-redeclare': 'off',
      'no-console': 'error'
    }
  },
  { files: ['test/bench/**', 'test/chaos/**', 'test/fuzz/run.ts', 'src/server.ts'], rules: { 'no-console': 'off' } }
]
