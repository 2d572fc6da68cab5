import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { delimiter, join } from 'node:path'
import { test, type Test } from 'tap'
import { newFolder, PROJECT, run, serve } from '../process.ts'

/** What cannot start says why in one line, exits 1 and logs nothing. */
async function refused (t: Test, folder: string, env: Record<string, string>, why: RegExp): Promise<void> {
  const { code, out, err } = await run(t, { folder, env })
  t.same({ code, out, lines: err.length }, { code: 1, out: [], lines: 1 }, err.join('\n'))
  t.match(err[0], why)
}

test('a port that is in use', async t => {
  const folder = await newFolder(t)
  const other = createServer().listen(0, '127.0.0.1')
  t.teardown(() => other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  await refused(t, folder, { PORT: String(port) }, new RegExp(`^belfry: port ${port} on 127\\.0\\.0\\.1 is in use by another process`))
  t.same(await readdir(folder), [], 'nothing was made, so the first start is still to come')
})

test('an address that is not of this machine', async t => {
  const folder = await newFolder(t)
  // RFC 5737: an address for documentation, nobody's.
  await refused(t, folder, { HOST: '192.0.2.1' }, /^belfry: HOST must be an address of this machine/)
  t.same(await readdir(folder), [])
})

test('a second process on the same file', async t => {
  const folder = await newFolder(t)
  const first = await serve(t, { folder })
  await refused(t, folder, {}, /^belfry: cannot open .*data\/belfry\.db: it is in use by another Belfry process$/)
  t.equal((await fetch(`${first.base}/readyz`)).status, 200, 'the first one does not notice')
})

test('a file that is no database', async t => {
  const folder = await newFolder(t)
  await mkdir(join(folder, 'data'))
  await writeFile(join(folder, 'data/belfry.db'), 'This is not a database, and was never one. '.repeat(200))
  await refused(t, folder, {}, /^belfry: cannot open .*data\/belfry\.db: file is not a database$/)
})

test('a database that was cut in the middle', async t => {
  const folder = await newFolder(t)
  await (await serve(t, { folder })).stop()
  const file = join(folder, 'data/belfry.db')
  await writeFile(file, Buffer.alloc(8192, 0xff), { flag: 'r+' })
  await refused(t, folder, {}, /^belfry: cannot open .*data\/belfry\.db: /)
})

test('a place where no file can be', async t => {
  const folder = await newFolder(t)
  await writeFile(join(folder, 'data'), '')
  await refused(t, folder, {}, /^belfry: cannot open .*data\/belfry\.db: /)
})

const { scripts } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
const old = olderNode()

test('an older Node', { skip: old ? false : 'there is none on the PATH' }, async t => {
  for (const name of ['start', 'demo']) {
    const folder = await newFolder(t)
    const [exec, node, ...args] = scripts[name]!.split(' ')
    t.same([exec, node], ['exec', 'node'], name)
    const command = [old!, ...args.map(arg => /^(\.\/)?src\//.test(arg) ? join(PROJECT, arg) : arg)]
    const { code, out, err } = await run(t, { folder, command })
    t.same({ code, out, lines: err.length }, { code: 1, out: [], lines: 1 }, err.join('\n'))
    t.match(err[0], /^belfry: needs Node 24\.7 or newer, this is \d+\.\d+\.\d+; /)
  }
})

test('wherever it is started, it has as many helper threads as there are processors for them', async t => {
  const image = readFileSync(join(PROJECT, 'Dockerfile'), 'utf8')
  const [, inImage] = /^CMD \["node", (.*)\]$/m.exec(image)!
  for (const command of [scripts['start']!, scripts['demo']!, inImage!]) t.match(command, /--v8-pool-size=0\b/)
})

/** A Node on the PATH that Belfry does not run on. */
function olderNode (): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(folder => folder !== '')
  const nodes = folders.flatMap(folder => {
    try {
      return readdirSync(folder).filter(name => name === 'node').map(name => realpathSync(join(folder, name)))
    } catch {
      return []
    }
  })
  return [...new Set(nodes)].find(node => Number.parseInt(spawnSync(node, ['-p', 'process.versions.node']).stdout.toString()) < 24)
}
