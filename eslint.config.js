import neostandard, { plugins } from 'neostandard'

export default [
  ...neostandard({ ts: true, ignores: ['node_modules', '.tap', 'data'] }),
  {
    files: ['**/*.ts'],
    plugins: { '@typescript-eslint': plugins['typescript-eslint'].plugin },
    rules: {
      // A schema and the type of what it describes share one name.
      '@typescript-eslint/no-redeclare': 'off',
      'no-console': 'error'
    }
  },
  { files: ['test/bench/**', 'test/chaos/**', 'test/fuzz/run.ts', 'src/server.ts'], rules: { 'no-console': 'off' } }
]
