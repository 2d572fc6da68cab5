import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { audienceKey } from '../../../src/log/audience.ts'
import { openStore } from '../../../src/store/open.ts'
import type { Draft, Store } from '../../../src/store/store.ts'
import { ask, postgres } from '../../services/postgres.ts'
import { scope } from '../../services/scope.ts'
import { atMost, type Row, type Section } from '../lib/report.ts'
import { medianTimeOf } from '../lib/statistics.ts'
import { longestTurn } from '../lib/turns.ts'
import type { Options } from '../options.ts'

const RECIPIENTS = 100_000
const MILLION = 1_000_000
/** Of `--quick`. */
const FEW = 2_000
const AT_ONCE = 1_000
const REPORTS = 5
/** Sends that are timed together: what one costs is less than what a clock of CPU can tell. */
const BATCH = 200
const BATCHES = 5
/** The columns of a row. */
type Timed = Record<'ms' | 'CPU of this process, ms' | 'longest turn, ms' | 'longest turn, ms of CPU', number>
const WITHOUT_STATISTICS = `DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = off)', name); END LOOP;
END $$`
const ref = { company: null, group: 'everybody' }
const idOf = (number: number) => `user-${String(number).padStart(7, '0')}`

/** What a report on very many costs, how long it holds the event loop at a time, and what a send costs that is reported on. */
export async function reports ({ rounds, isQuick, broadcasts }: Options): Promise<Section> {
  const sizes = isQuick ? [FEW] : broadcasts.at(-1) === MILLION ? [RECIPIENTS, MILLION] : [RECIPIENTS]
  const folder = mkdtempSync(join(tmpdir(), 'belfry-reports-'))
  const { t, end } = scope()
  const rows: (Row & Timed)[] = []
  let ratio = 1
  try {
    const server = isQuick ? undefined : await postgres(t)
    for (const recipients of sizes) {
      for (const engine of server ? ['SQLite', 'PostgreSQL'] : ['SQLite']) {
        const url = engine === 'SQLite' ? `sqlite:${join(folder, `${recipients}.db`)}` : await server!.database(t)
        const store = await openStore(url)
        // Whoever has just made a table has no statistics of it, for hours if nothing else is written.
        if (engine === 'PostgreSQL') await ask(url, WITHOUT_STATISTICS)
        await fill(store, recipients)
        rows.push({ engine, recipients, ...await timeReports(store) })
        if (engine === 'PostgreSQL') {
          await ask(url, 'VACUUM ANALYZE')
          rows.push({ engine: 'PostgreSQL, analysed', recipients, ...await timeReports(store) })
        }
        if (engine === 'SQLite' && recipients === sizes[0]) ratio = await compareSends(store, join(folder, 'bare.db'), rounds)
        await store.close()
      }
    }
  } finally {
    await end()
    rmSync(folder, { recursive: true, force: true })
  }
  const measured = rows.filter(({ recipients }) => recipients === sizes[0])
  return {
    title: 'Reports: half of the recipients acknowledged what they got, a tenth each saw and read it',
    rows: [...rows, { engine: 'SQLite', 'a send, reported on / not': ratio }],
    goals: [
      ...measured.flatMap(({ engine, recipients, ms, 'longest turn, ms of CPU': turn }) => [
        atMost(`${engine}: a report on ${recipients}, ms`, ms, 1_000), atMost(`${engine}: longest turn of the event loop meanwhile, ms of CPU`, turn, 20)
      ]),
      atMost('a send that is reported on / one that is not', ratio, 1.02)
    ]
  }
}

async function fill (store: Store, recipients: number): Promise<void> {
  await store.putGroup(ref, { name: 'Everybody', isOpen: false })
  for (let from = 0; from < recipients; from += AT_ONCE) {
    await store.changeMembers(ref, { add: Array.from({ length: AT_ONCE }, (_, index) => idOf(from + index)), remove: [] }, { perGroup: MILLION, perUser: 200 })
  }
  const { seq } = await store.notify(draftOf('reported'))
  for (let from = 0; from < recipients / 2; from += AT_ONCE) {
    await store.recordDeliveries(Array.from({ length: AT_ONCE }, (_, index) => ({ userId: idOf(from + index), device: 'phone', low: seq - 1, high: seq })))
  }
  // Only users see and read.
  const active = Math.min(recipients / 10, AT_ONCE)
  await Promise.all(Array.from({ length: active }, async (_, index) => {
    const id = idOf(recipients - 1 - index)
    await store.createUser({ id, username: id, role: 'user', company: null, passwordHash: null })
    await store.see(id, seq)
    await store.mark(id, 'read', ['reported'])
  }))
}

function draftOf (id: string): Draft {
  return {
    id,
    idempotencyKey: null,
    sender: 'user:root',
    scope: null,
    keys: [audienceKey.group(ref)],
    digest: '',
    isNew: true,
    type: 'info',
    topic: 'bench',
    at: Date.now(),
    expiresAt: null,
    body: JSON.stringify({ id, title: 'A benchmark', message: 'x'.repeat(100), type: 'info', read: false, data: { topic: 'bench' } })
  }
}

/** The median time of a report, what this process used of a core for one, and the longest turn of the event loop that any of them took. */
async function timeReports (store: Store): Promise<Timed> {
  const before = cpuMs()
  const ms = await medianTimeOf(REPORTS, () => store.report('reported'))
  const cpu = (cpuMs() - before) / REPORTS
  // By itself: to look at each turn takes a core.
  const [, turn] = await longestTurn(() => store.report('reported'))
  return { ms, 'CPU of this process, ms': cpu, 'longest turn, ms': turn.ms, 'longest turn, ms of CPU': turn.cpuMs }
}

/** What all threads of this process have used of a core: what others do meanwhile is not in it. */
function cpuMs (): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** Sends in turns to a store that has who got what, and to one that has nothing of it: how much more of a core the first used. */
async function compareSends (store: Store, path: string, rounds: number): Promise<number> {
  const bare = await openStore(`sqlite:${path}`)
  await bare.putGroup(ref, { name: 'Everybody', isOpen: false })
  let number = 0
  const time = async (to: Store) => {
    const start = cpuMs()
    for (let batch = 0; batch < BATCHES; batch++) await Promise.all(Array.from({ length: BATCH }, () => to.notify(draftOf(`send-${number++}`))))
    return cpuMs() - start
  }
  const sums = { reported: 0, bare: 0 }
  for (let turn = 0; turn < 8 * (rounds + 1); turn++) {
    const [one, other] = turn % 2 === 0 ? [await time(store), await time(bare)] : [await time(bare), await time(store)].reverse() as [number, number]
    // Compilers are warm by then.
    if (turn < 8) continue
    sums.reported += one
    sums.bare += other
  }
  await bare.close()
  return sums.reported / sums.bare
}
