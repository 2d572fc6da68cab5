import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The last step of `npm pack` of the client: TypeScript rewrites `./file.ts` to `./file.js` in JavaScript, but leaves it in
 * declarations, where it would lead to a file that is not in the package.
 */
const folder = join(import.meta.dirname, '../client/dist')
for (const name of globSync('**/*.d.ts', { cwd: folder })) {
  const file = join(folder, name)
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/((?:from|import)\s*\(?\s*['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2'))
}
