import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The last step of `npm pack` of a workspace. TypeScript rewrites `./file.ts` to `./file.js` in JavaScript, but leaves it in
 * declarations, where it would lead to a file that is not in the package; and it compiles what is imported from
 * `@belfry/client` too, which is a package of its own.
 */
const SRC = join(import.meta.dirname, '..')
for (const name of globSync('{client,inbox}/dist/**/*.d.ts', { cwd: SRC })) {
  const file = join(SRC, name)
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/((?:from|import)\s*\(?\s*['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2'))
}
for (const room of ['client', 'protocol']) rmSync(join(SRC, 'inbox/dist', room), { recursive: true, force: true })
