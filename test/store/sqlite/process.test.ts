import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { openStore } from '../../../src/store/open.ts'
import type { Store } from '../../../src/store/store.ts'
import { upTo, wholeLog } from '../../contract/store/engine.ts'
import { folder } from '../../folder.ts'

const APPENDER = new URL('./appender.ts', import.meta.url).pathname

/** Another process that appends to the store; `limit` bounds the files it may write, in KiB. */
function appender (t: Test, url: string, limit?: number) {
  const [command, ...args] = limit === undefined
    ? [process.execPath, APPENDER, url]
    : ['bash', '-c', `ulimit -f ${limit}; exec "$0" "$@"`, process.execPath, APPENDER, url]
  const child = spawn(command!, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } })
  const exited = once(child, 'exit')
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  t.teardown(kill)
  return { lines: createInterface(child.stdout), kill }
}

/** Takes lines until one satisfies; gives all of them. */
async function until (lines: AsyncIterable<string>, isLast: (line: string) => boolean): Promise<string[]> {
  const taken: string[] = []
  for await (const line of lines) {
    taken.push(line)
    if (isLast(line)) break
  }
  return taken
}

/** The acknowledgements among an appender's lines: seq and id. */
function acknowledged (lines: string[]): [number, string][] {
  return lines.filter(line => /^\d/.test(line)).map(line => [Number(line.split(' ')[0]), line.split(' ')[1]!])
}

async function holdsAll (t: Test, store: Store, acks: [number, string][]): Promise<void> {
  const log = await wholeLog(store)
  t.same(log.map(({ seq }) => seq), upTo(log.length), 'the log is gapless')
  t.equal(await store.head(), log.length)
  t.ok(acks.length > 0, `${acks.length} were acknowledged`)
  t.same(acks.filter(([seq, id]) => log[seq - 1]?.id !== id), [], 'and each of them is in its place')
}

t.test('a file has one process: the next one is refused with a clear line', async t => {
  const path = join(folder(t), 'belfry.db')
  const { lines, kill } = appender(t, `sqlite:${path}`)
  await until(lines, line => line === 'open')
  await t.rejects(openStore(`sqlite:${path}`), { message: `cannot open ${path}: it is in use by another Belfry process` })
  await kill()

  const store = await openStore(`sqlite:${path}`)
  t.teardown(() => store.close())
  t.ok(store, 'a process that was killed holds nothing')
  t.same(await until(appender(t, `sqlite:${path}`).lines, () => true), [`refused cannot open ${path}: it is in use by another Belfry process`])
  await t.rejects(openStore(`sqlite:${path}`), { message: /in use/ }, 'nor can the same process open it twice')
  await store.head()
  t.same(await until(appender(t, `sqlite:${path}`).lines, () => true), [`refused cannot open ${path}: it is in use by another Belfry process`], 'trying gives nothing up')
})

t.test('what was acknowledged is there after a kill', async t => {
  const url = `sqlite:${join(folder(t), 'belfry.db')}`
  for (const acks of [50, 300]) {
    const { lines, kill } = appender(t, url)
    const taken = await until(lines, line => acknowledged([line]).some(([, id]) => Number(id.split('.')[1]) >= acks / 8))
    await kill()
    const store = await openStore(url)
    await holdsAll(t, store, acknowledged(taken))
    await store.close()
  }
})

t.test('a disk that takes no more: what was acknowledged is there, the rest was refused', async t => {
  const url = `sqlite:${join(folder(t), 'belfry.db')}`
  const { lines, kill } = appender(t, url, 600)
  const taken = await until(lines, line => line.startsWith('failed'))
  t.match(taken.at(-1), /^failed BLF_STORE_(UNAVAILABLE|FULL)$/)
  await kill()
  const store = await openStore(url)
  t.teardown(() => store.close())
  await holdsAll(t, store, acknowledged(taken))
})
