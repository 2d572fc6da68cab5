import { test } from 'tap'
import { play, type Result } from '../play.ts'
import { scenarios, type Scenario, type ScenarioName } from '../scenarios/index.ts'

/** A short round as a test: no fault, and what was to happen did. */
export function short<N extends ScenarioName> (name: N, options: Parameters<(typeof scenarios)[N]['run']>[1], happened: (result: Result) => Record<string, boolean>): void {
  test(scenarios[name].title, async t => {
    const result = await play(scenarios[name] as Scenario<typeof options>, 1, options)
    t.same(result.faults.slice(0, 10), [], [...result.evidence, ...result.complaints.slice(-3)].join('\n'))
    for (const [what, did] of Object.entries(happened(result))) t.ok(did, what)
    t.comment(`${result.messages} messages, ${result.deliveries} deliveries, ${result.connections} connections`)
  })
}
