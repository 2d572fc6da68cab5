import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { createInterface } from 'node:readline'
import pg from 'pg'
import t, { type Test } from 'tap'
import { openStore } from '../../../src/store/open.ts'
import { draft, upTo, wholeLog } from '../../contract/store/engine.ts'
import { ask, postgres } from '../../services/postgres.ts'
import { eventually } from '../../services/process.ts'

const APPENDER = new URL('./appender.ts', import.meta.url).pathname
const APPENDERS = 50

class Node {
  readonly acknowledged = new Map<number, string>()
  readonly #child
  readonly #exited
  readonly #lines

  constructor (t: Test, url: string, name: string) {
    this.#child = spawn(process.execPath, [APPENDER, url, name, String(APPENDERS)], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } })
    this.#exited = once(this.#child, 'exit')
    this.#lines = createInterface(this.#child.stdout).on('line', line => {
      const [seq, id] = line.split(' ')
      this.acknowledged.set(Number(seq), id!)
    })
    t.teardown(() => this.kill())
  }

  /** Resolves when so many more were acknowledged. */
  async more (count: number): Promise<void> {
    const goal = this.acknowledged.size + count
    while (this.acknowledged.size < goal) await once(this.#lines, 'line')
  }

  async kill (): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  async end (): Promise<void> {
    const read = once(this.#lines, 'close')
    this.#child.stdin.end()
    await Promise.all([this.#exited, read])
  }
}

const server = await postgres(t)

if (server) {
  t.test('4 processes with 50 appenders each, some of them killed: gapless and in the order of commits', async t => {
    const url = await server.database(t)
    const store = await openStore(url)
    t.teardown(() => store.close())
    const reader = follow(store)
    const nodes = upTo(4).map(number => new Node(t, url, `node-${number}`))
    await Promise.all(nodes.map(node => node.more(100)))
    for (const doomed of [0, 1]) {
      await nodes[doomed]!.kill()
      nodes.push(new Node(t, url, `node-${nodes.length + 1}`))
      await Promise.all(nodes.slice(2).map(node => node.more(100)))
    }
    await Promise.all(nodes.slice(2).map(node => node.end()))
    const seen = await reader.end()

    const log = await wholeLog(store, 1000)
    t.same(log.map(({ seq }) => seq), upTo(log.length), `${log.length} events, gapless`)
    t.equal(await store.head(), log.length)
    t.same(seen.holes, [], 'no view of the log had a hole')
    t.equal(seen.seq, log.length, 'a reader that never went back saw all of it')
    const lost = nodes.flatMap(({ acknowledged }) => [...acknowledged].filter(([seq, id]) => log[seq - 1]?.id !== id))
    t.same(lost, [], `all that was acknowledged (${nodes.reduce((sum, node) => sum + node.acknowledged.size, 0)}) is in its place`)
  })

  t.test('one label at two nodes at once: the same content is stored once, other content each under its own id', async t => {
    const url = await server.database(t)
    const nodes = await Promise.all(upTo(2).map(() => openStore(url)))
    t.teardown(() => Promise.all(nodes.map(node => node.close())))
    const receipts = await Promise.all(upTo(60).map(number => {
      const digest = `content ${number % 3}`
      return nodes[number % 2]!.notify(draft({ all: true }, { id: 'label', digest, label: { text: 'label', otherId: `other-${number}` } }))
    }))
    for (const [index, { id }] of receipts.entries()) t.equal(id, receipts[index % 3]!.id)
    t.equal(receipts.filter(({ stored }) => stored).length, 3)
    t.equal(receipts.filter(({ id, stored }) => stored && id === 'label').length, 1)
    t.equal(await nodes[0]!.head(), 3)
  })

  t.test('a transaction that holds its number and sleeps is never overtaken', async t => {
    const url = await server.database(t)
    const store = await openStore(url)
    t.teardown(() => store.close())
    await store.notify(draft({ all: true }))

    const sleeper = new pg.Client({ connectionString: url })
    await sleeper.connect()
    await sleeper.query('BEGIN; SELECT seq FROM log FOR UPDATE')
    await sleeper.query("INSERT INTO events (seq, kind, id, keys, at, body) VALUES (2, 'notification', 'slow', '[\"all\"]', 0, '{}')")
    await sleeper.query('UPDATE log SET seq = 2')
    const later = store.notify(draft({ all: true }))
    await eventually(async () => {
      const [row] = await ask(url, 'SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted')
      if (row!.waiting === 0) throw new Error('it does not wait yet')
    })
    t.same((await store.events(0, 10)).map(({ seq }) => seq), [1], 'neither it nor what comes after it is seen')
    t.equal(await store.head(), 1)
    await sleeper.query('COMMIT')
    await sleeper.end()
    t.equal((await later).seq, 3)
    t.same((await store.events(0, 10)).map(({ seq }) => seq), [1, 2, 3])
  })
}

/** Reads on and on from where it is, as a tail does, and notes every number that does not follow the last. */
function follow (store: Awaited<ReturnType<typeof openStore>>) {
  const seen = { seq: 0, holes: [] as number[] }
  const over = new AbortController()
  const readOn = async () => {
    const page = await store.events(seen.seq, 1000)
    for (const { seq } of page) {
      if (seq !== seen.seq + 1) seen.holes.push(seq)
      seen.seq = seq
    }
    return page.length
  }
  const reading = (async () => { while (!over.signal.aborted) await readOn() })()
  return {
    async end () {
      over.abort()
      await reading
      while (await readOn() > 0);
      return seen
    }
  }
}
