import { deepEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'tap'
import { merged } from '../../../src/client/preferences/merge.ts'
import { toPreferences } from '../../../src/notification/present.ts'
import { merge } from '../../../src/preferences/change.ts'
import type { PreferencesRecord } from '../../../src/preferences/records.ts'
import type { PreferencesChange } from '../../../src/protocol/preferences.ts'

const TOPICS = ['orders', 'billing', '__proto__', 'constructor', 'news']
const onOff = fc.constantFrom('on', 'off') as fc.Arbitrary<'on' | 'off'>
const mail = fc.constantFrom('on', 'off', 'digest') as fc.Arbitrary<'on' | 'off' | 'digest'>
const topic = fc.constantFrom(...TOPICS)
const some = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>
const channels = some({ push: onOff, mail })
const byTopic = <T>(value: fc.Arbitrary<T>) => fc.uniqueArray(fc.tuple(topic, value), { selector: ([name]) => name }).map(entries => Object.fromEntries(entries))
const quiet = { timezone: fc.constantFrom('UTC', 'Europe/Berlin'), days: fc.constant(['mon'] as ['mon']), from: fc.constantFrom('20:00', '22:00'), to: fc.constant('07:00') }

const settings = fc.record({ description: fc.constant(null), default: onOff, isLocked: fc.boolean(), channels })
const records = (company: string | null) => fc.uniqueArray(fc.record({ topic, company: fc.constant(company), settings }), { selector: ({ topic }) => topic })
const record = fc.record({
  own: fc.record({ topics: byTopic(some({ inbox: onOff, push: onOff, mail }).filter(choices => Object.keys(choices).length > 0)), channels, quiet_hours: fc.option(fc.record(quiet)), digest_at: fc.option(fc.constant('08:00')) }),
  operator: records(null),
  company: records('company_a'),
  seq: fc.constant(7)
}) as fc.Arbitrary<PreferencesRecord>

const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 4 })
const choices = some({ topics: byTopic(some({ inbox: onOff, push: onOff, mail })), channels, quiet_hours: fc.record(quiet), digest_at: fc.constant('09:00') }) as fc.Arbitrary<PreferencesChange>
const resets = some({
  topics: orNull(byTopic(orNull(some({ inbox: orNull(onOff), push: orNull(onOff), mail: orNull(mail) })))),
  channels: orNull(some({ push: orNull(onOff), mail: orNull(mail) })),
  quiet_hours: orNull(fc.record(quiet)),
  digest_at: orNull(fc.constant('09:00'))
}) as fc.Arbitrary<PreferencesChange>

/** As JSON has it: texts of an answer have no other prototypes. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value))
const sorted = (value: unknown): unknown => Object(value) !== value || Array.isArray(value) ? value : Object.entries(value as object).map(([name, of]) => [name, sorted(of)]).sort(([a], [b]) => String(a) < String(b) ? -1 : 1)

test('a change shows what the server makes of it', async t => {
  fc.assert(fc.property(record, choices, (before, change) => {
    const shown = merged(plain(toPreferences('epoch', before)), plain(change))
    deepEqual(sorted(shown), sorted(toPreferences('epoch', { ...before, own: merge(before.own, change) })))
  }), { numRuns: 300, seed: 16 })
  t.pass()
})

test('a reset shows what is chosen then, and until the server has answered what held before', async t => {
  fc.assert(fc.property(record, resets, (before, change) => {
    const { effective, cursor, ...own } = merged(plain(toPreferences('epoch', before)), plain(change))
    deepEqual(sorted(own), sorted(merge(before.own, change)))
    const known = toPreferences('epoch', before).effective.topics
    for (const [name, { inbox }] of Object.entries(effective.topics)) {
      const chosen = Object.hasOwn(own.topics, name) ? own.topics[name]!.inbox : undefined
      if (chosen === undefined && Object.hasOwn(known, name)) deepEqual(inbox, known[name]!.inbox)
    }
  }), { numRuns: 300, seed: 16 })
  t.pass()
})
