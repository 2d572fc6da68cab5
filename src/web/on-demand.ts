import { build, type Plugin } from 'esbuild'
import { bundleModules, forBrowsers } from './bundle.ts'

/** A module for pages without a build, which imports nothing at once, and what it loads on demand. */
export interface Whole {
  text: string
  /** By the names that are imported. */
  onDemand: Map<string, string>
}

/**
 * Bundles a module and its parts, which it loads on demand: files in `src`, the parts by names that `nameOf` completes. A bundler would
 * put what the module shares with a part into a third one, without which a page has nothing; and the third one is missing whenever
 * a page got the first from a server of another version. So it stands in the first, which hands it over: the part cannot import
 * the first one, which a page may have loaded under any name.
 *
 *     inbox.js    … load("./list.HASH.js").then(part => part(html, css)) …
 *     list.js     export default (html, css) => { …; return { FeedView } }
 */
export async function bundleWhole (file: string, parts: Record<string, string>, nameOf: (part: string, text: string) => string): Promise<Whole> {
  const { files, entries } = await bundleModules({ whole: file, ...parts })
  const { name: first, imports } = entries.get('whole')!
  const shared = new Set(Object.keys(parts).flatMap(part => entries.get(part)!.imports))
  if (imports.some(name => !shared.has(name))) throw new Error(`modules of ${file} share ${imports}, and its parts ${[...shared]}`)
  const loads: Load[] = []
  const onDemand: Whole['onDemand'] = new Map(files)
  for (const name of [first, ...shared]) onDemand.delete(name)
  for (const part of Object.keys(parts)) {
    const { name } = entries.get(part)!
    const { text, given } = handedOver(files.get(name)!)
    for (const { from, name } of given) assertConstant(files.get(from)!, name)
    const newName = nameOf(part, text)
    loads.push({ name, newName, given })
    onDemand.delete(name)
    onDemand.set(newName, text)
  }
  const text = await joined(first, new Map([first, ...shared].map(name => [`./${name}`, files.get(name)!])), loads)
  for (const { newName } of loads) if (!text.includes(`"./${newName}"`)) throw new Error(`${file} does not load ${newName}`)
  return { text, onDemand }
}

/** What is handed over: an export of a module. */
interface Given { from: string, name: string }
/** How a part is loaded: its name as it was bundled and as it is served, and what is handed over. */
interface Load { name: string, newName: string, given: Given[] }

/** A part as a module that imports nothing: it exports a function of what it imported, which returns its exports. */
function handedOver (text: string): { text: string, given: Given[] } {
  const found = /^((?:import(?:\{[^}]+\}from)?"[^"]+";)*)(?!import\W)(.*)export\{([^}]+)\};?\s*$/s.exec(text)
  if (!found) throw new Error('a part does not begin and end as expected')
  const [, imports, body, exported] = found
  const imported = [...imports!.matchAll(/\{([^}]+)\}from"\.\/([^"]+)"/g)].flatMap(([, names, from]) => names!.split(',').map(pair => {
    const [name, own = name] = pair.split(' as ')
    return { from: from!, name: name!, own: own! }
  }))
  const returned = exported!.replace(/([\w$]+) as ([\w$]+)/g, '$2:$1')
  return { text: `export default(${imported.map(({ own }) => own)})=>{${body}return{${returned}}};\n`, given: imported }
}

const escaped = (name: string) => name.replaceAll('$', '\\$')

/** What follows a variable that is assigned: `=`, `+=`, `??=`, but neither `==` nor `=>`. */
const ASSIGNS = '(?:\\*\\*|<<|>>>?|&&|\\|\\||\\?\\?|[-+*/%&|^])?=(?![=>])'

/** What is handed over is a value, so that an export which changes later would not change in the part. */
function assertConstant (text: string, name: string): void {
  const own = escaped(new RegExp(`export\\{.*?([\\w$]+) as ${escaped(name)}[,}]`, 's').exec(text)?.[1] ?? name)
  const assignments = text.match(new RegExp(`(?<![\\w$.])${own}(?:${ASSIGNS}|\\+\\+|--)|(?:\\+\\+|--)${own}(?![\\w$])`, 'g')) ?? []
  if (assignments.length > 1) throw new Error(`what is shared with a part is assigned more than once: ${assignments}`)
}

/** The module and what it shares with its parts as one, in which parts are loaded by their new names. */
async function joined (first: string, texts: Map<string, string>, loads: Load[]): Promise<string> {
  const loading = new Map([...texts].map(([name, text]) => {
    const used = loads.filter(({ name }) => text.includes(`import("./${name}")`))
    const calls = used.reduce((last, load) => last.replaceAll(`import("./${load.name}")`, `part${loads.indexOf(load)}()`), text)
    return [name, used.map(load => `import{part${loads.indexOf(load)}}from"./load";`).join('') + calls]
  }))
  const { outputFiles: [file] } = await build({
    ...forBrowsers,
    stdin: { contents: loading.get(`./${first}`)!, loader: 'js' },
    plugins: [instead(loading.set('./load', loader(loads)))]
  })
  return file!.text
}

/** The module that loads parts, each once. A browser may remember that one could not be loaded, or was something else, so the next try has another address. */
const loader = (loads: Load[]): string => `${loads.flatMap(({ given }, part) => given.map(({ from, name }, index) => `import{${name} as given${part}_${index}}from"./${from}"`)).join(';')}
const loading=(name,failed=0,loaded)=>give=>loaded??=import(name+(failed?"?"+failed:"")).then(({default:part})=>give(part)).catch(error=>{loaded=void 0;failed++;throw error})
${loads.map(({ newName, given }, part) => `const load${part}=loading("./${newName}")
export const part${part}=()=>load${part}(part=>part(${given.map((_, index) => `given${part}_${index}`)}))`).join('\n')}`

/** Puts texts in the place of modules, and leaves every other import as it is. */
function instead (texts: Map<string, string>): Plugin {
  return {
    name: 'instead',
    setup ({ onLoad, onResolve }) {
      onResolve({ filter: /^\./ }, ({ path }) => texts.has(path) ? { path, namespace: 'instead' } : { path, external: true })
      onLoad({ filter: /.*/, namespace: 'instead' }, ({ path }) => ({ contents: texts.get(path)!, loader: 'js' }))
    }
  }
}
