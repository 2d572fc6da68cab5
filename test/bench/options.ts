import { parseArgs } from 'node:util'

/** How much is measured. `--quick` only shows that it works. */
export interface Options {
  seconds: number
  rounds: number
  subscribers: number
  sockets: number
  growth: number[]
  /** `--million`: the larger size is a million. */
  broadcasts: number[]
  /** Scheduled notifications that become due. */
  plans: number
  /** Push subscriptions that a broadcast goes to. */
  subscriptions: number
  only: string[]
  /** `--plot <file>`: where the picture of reconnecting clients is written; without it, nowhere. */
  plotFile: string | undefined
  /** `--before <folder>`: another checkout, beside which the start is measured. */
  before: string | undefined
  isQuick: boolean
}

const QUICK = { seconds: 0.3, rounds: 1, subscribers: 50, sockets: 200, growth: [100, 1_000], broadcasts: [200, 400], plans: 300, subscriptions: 200 }
const FULL = { seconds: 4, rounds: 3, subscribers: 1_000, sockets: 10_000, growth: [1_000, 10_000, 100_000, 1_000_000], broadcasts: [10_000, 50_000], plans: 10_000, subscriptions: 10_000 }

export function readOptions (args: string[]): Options & { json: string } {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { million: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false }, unpinned: { type: 'boolean', default: false }, rounds: { type: 'string' }, seconds: { type: 'string' }, plans: { type: 'string' }, subscriptions: { type: 'string' }, plot: { type: 'string' }, before: { type: 'string' }, json: { type: 'string', default: 'bench-results.json' } }
  })
  const base = values.quick ? QUICK : FULL
  return {
    ...base,
    rounds: Number(values.rounds ?? base.rounds),
    broadcasts: values.million ? [10_000, 1_000_000] : base.broadcasts,
    seconds: Number(values.seconds ?? base.seconds),
    plans: Number(values.plans ?? base.plans),
    subscriptions: Number(values.subscriptions ?? base.subscriptions),
    only: positionals,
    plotFile: values.plot,
    before: values.before,
    isQuick: values.quick,
    json: values.json
  }
}
