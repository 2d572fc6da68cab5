import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import tap, { test, type Test } from 'tap'
import { endBundling } from '../../src/web/bundle.ts'
import { bundleWhole } from '../../src/web/on-demand.ts'
import { folder } from '../folder.ts'

tap.teardown(endBundling)

const SRC = join(import.meta.dirname, '../../src')

/** Bundles modules that are given as texts, with one part; the folder where the result lies. */
async function bundled (t: Test, modules: { whole: string, part: string, shared: string }): Promise<string> {
  const [from, to] = [folder(t), folder(t)]
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(from, `${name}.ts`), text)
  const { text, onDemand } = await bundleWhole(relative(SRC, join(from, 'whole.ts')), { part: relative(SRC, join(from, 'part.ts')) }, part => `${part}.name.js`)
  for (const [name, content] of [['whole.js', text], ['package.json', '{ "type": "module" }'], ...onDemand] as const) writeFileSync(join(to, name), content)
  return to
}

const whole = "import { Fault, greet } from './shared.ts'\nexport { Fault, greet }\nexport const load = () => import('./part.ts')"
const part = "import { Fault, greet } from './shared.ts'\nexport const fault = new Fault()\nexport const say = (name: string) => greet(name)"
const shared = "export class Fault extends Error {}\nexport const greet = (name: string) => 'Hello ' + name"

test('a part has what it shares from the whole, is loaded by its name, and once', async t => {
  const { load, Fault } = await import(join(await bundled(t, { whole, part, shared }), 'whole.js'))
  const { say, fault } = await load()
  t.equal(say('Bob'), 'Hello Bob')
  t.ok(fault instanceof Fault)
  t.equal((await load()).fault, fault)
})

test('what is shared is handed over as a value, so that it must not change', async t => {
  for (const change of ['count++', '++count', 'count = 2', 'count += 2', 'count ??= 2']) {
    const counting = { whole: "import { add } from './shared.ts'\nexport { add }\nexport const load = () => import('./part.ts')", part: "import { count } from './shared.ts'\nexport const read = () => count", shared: `export let count: number = 0\nexport const add = () => { ${change} }` }
    await t.rejects(bundled(t, counting), { message: /^what is shared with a part is assigned more than once/ }, change)
  }
  const compared = await bundled(t, { whole, part: part.replace('greet(name)', 'greet(name) + limit').replace('Fault, ', 'Fault, limit, '), shared: `${shared}\nexport const limit = Date.now()\nexport const isOver = (n: number) => n === limit || limit >= n || limit <= n || limit == n` })
  t.match((await (await import(join(compared, 'whole.js'))).load()).say('Bob'), /^Hello Bob\d+$/, 'comparing it is no change')
})

test('a part that is not loaded is a mistake', async t => {
  await t.rejects(bundled(t, { whole: whole.replace(/\nexport const load.*/, ''), part, shared }), { message: /does not load part\.name\.js/ })
})
