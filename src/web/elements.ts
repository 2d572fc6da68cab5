import { build, type Plugin } from 'esbuild'
import { bundleModules, forBrowsers } from './bundle.ts'

/** The elements for pages without a build, by the names of their files without a hash. */
export interface ElementModules {
  /** What every page loads: it imports nothing until a list is shown. */
  inbox: string
  /** The list. */
  list: string
  /** What else is loaded on demand, by the names that the others import. */
  others: Map<string, string>
}

/**
 * Bundles the elements. A bundler would put what both modules need into a third one, without which a page has no bell; and
 * the third one is missing whenever a page got the first from a server of another version. So it stands in the first, which
 * hands it over: the list cannot import the first one, which a page may have loaded under any name.
 *
 *     inbox.js    … import("./list.HASH.js").then(({ default: draw }) => draw(shared)) …
 *     list.js     export default shared => { const { html } = shared; …; return { FeedView } }
 */
export async function bundleElements (nameOf: (list: string) => string): Promise<ElementModules> {
  const { files, entries } = await bundleModules({ inbox: 'inbox/index.ts', list: 'inbox/feed/view.ts' })
  const [inbox, list] = [entries.get('inbox')!, entries.get('list')!]
  const [shared, ...more] = list.imports
  if (shared === undefined || more.length > 0 || inbox.imports.some(name => name !== shared)) throw new Error(`the modules of the elements share ${list.imports}`)
  const drawn = handedOver(files.get(list.name)!)
  const name = JSON.stringify(`./${nameOf(drawn)}`)
  // A browser may remember that a module could not be loaded, so each try has an address of its own.
  const head = `import*as shared from"./${shared}";let tries=0;const next=name=>name+(tries++?"?"+tries:"");`
  const load = `import(next(${name})).then(({default:draw})=>draw(shared))`
  const first = files.get(inbox.name)!.replace(`import("./${list.name}")`, () => load)
  const { outputFiles: [file] } = await build({
    ...forBrowsers,
    stdin: { contents: head + first, loader: 'js' },
    plugins: [instead(shared, files.get(shared)!)]
  })
  if (!file!.text.includes(name)) throw new Error('the elements load no list')
  const others = new Map([...files].filter(([name]) => ![inbox.name, list.name, shared].includes(name)))
  return { inbox: file!.text, list: drawn, others }
}

/** A module whose only import is handed over to what it exports. */
function handedOver (text: string): string {
  const found = /^import\{([^}]+)\}from"[^"]+";(.*)export\{([^}]+)\};?\s*$/s.exec(text)
  if (!found) throw new Error('the module of the list does not begin and end as expected')
  const [, names, body, exported] = found
  const given = names!.replaceAll(' as ', ':')
  const returned = exported!.replace(/([\w$]+) as ([\w$]+)/g, '$2:$1')
  return `export default shared=>{const{${given}}=shared;${body}return{${returned}}};\n`
}

/** Puts a text in the place of a module, and leaves every other import as it is. */
function instead (name: string, contents: string): Plugin {
  return {
    name: 'instead',
    setup ({ onLoad, onResolve }) {
      onResolve({ filter: /^\./ }, ({ path }) => path === `./${name}` ? { path, namespace: 'instead' } : { path, external: true })
      onLoad({ filter: /.*/, namespace: 'instead' }, () => ({ contents, loader: 'js' }))
    }
  }
}
