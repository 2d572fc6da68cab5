import { randomInt } from 'node:crypto'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { scope } from '../services/scope.ts'
import type { FaultKind } from './checker.ts'
import { clusterPlays } from './cluster/play.ts'
import { play, type Plays, type Result } from './play.ts'
import { scenarios, type Scenario } from './scenarios/index.ts'

/** Plays every scenario, round after round, and sums up what was sent, broken and found; `--cluster`: those of several nodes. */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
    cluster: { type: 'boolean', default: false }
  }
})
const seed = Number(values.seed ?? randomInt(2 ** 31))
const rounds = values.seconds === undefined ? Number(values.rounds) : Infinity
const until = performance.now() + Number(values.seconds ?? Infinity) * 1000
const { t, end } = scope()
const plays: Plays = values.cluster
  ? await clusterPlays(t)
  : Object.fromEntries(Object.entries(scenarios).map(([name, scenario]) => [name, { title: scenario.title, play: seed => play(scenario as Scenario, seed) }]))
const names = values.only?.split(',') ?? Object.keys(plays)
const unknown = names.filter(name => !Object.hasOwn(plays, name))
if (unknown.length > 0 || [seed, rounds, until].some(Number.isNaN)) {
  console.error(`chaos: [--rounds <n>] [--seconds <n>] [--seed <n>] [--cluster] [--only ${Object.keys(plays).join()}]`)
  process.exit(2)
}

const SHOWN_FAULTS = 10
const shown: FaultKind[] = ['lost', 'leaked', 'misordered', 'doubled', 'diverged', 'stale', 'unreplaced', 'untimely', 'misreported']
type Row = Record<string, number>
const table: Record<string, Row> = {}

function add (row: Row, { faults, kills, cuts, clients, screens, messages, toGroups, planned, cancelled, moves, edits, replaced, deliveries, repeated }: Result): void {
  const sums: Row = { rounds: 1, kills, cuts, clients, screens, messages, toGroups, planned, cancelled, moves, edits, replaced, deliveries, repeated }
  for (const kind of shown) sums[kind] = faults.filter(fault => fault.kind === kind).length
  sums['other'] = faults.filter(({ kind }) => !shown.includes(kind)).length
  for (const [name, value] of Object.entries(sums)) row[name] = (row[name] ?? 0) + value
}

let isFaulty = false
console.log(`seed ${seed}`)
for (let round = 0; round < rounds && performance.now() < until; round++) {
  for (const name of names) {
    if (performance.now() >= until) break
    const start = performance.now()
    const { title, play } = plays[name]!
    const result = await play(seed + round)
    add(table[name] ??= {}, result)
    add(table['all'] ??= {}, result)
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    console.log(`${name}: ${title}, seed ${seed + round}: ${result.messages} messages, ${result.deliveries} deliveries, ${result.faults.length} faults, ${seconds} s`)
    if (result.faults.length === 0) continue
    isFaulty = true
    for (const { kind, detail } of result.faults.slice(0, SHOWN_FAULTS)) console.log(`  ${kind}: ${detail}`)
    for (const line of result.evidence) console.log(`  ${line}`)
    for (const complaint of result.complaints.slice(-SHOWN_FAULTS)) console.log(`  logged: ${complaint.trim()}`)
  }
}
await end()
// "all" is the last row, wherever it was first needed.
const { all, ...each } = table
console.table({ ...each, all })
process.exitCode = isFaulty ? 1 : 0
