import { join } from 'node:path'
import t from 'tap'
import { ReportDesk } from '../../src/notification/reports.ts'
import type { UserPrincipal } from '../../src/rights/principal.ts'
import { openStore } from '../../src/store/open.ts'
import { draft, upTo } from '../contract/store/engine.ts'
import { folder } from '../folder.ts'

/** A report on more than this many is kept for ten seconds. */
const LARGE = 10_000
const limits = { perGroup: 1e6, perUser: 200 }
const root: UserPrincipal = { kind: 'user', id: 'root', username: 'root', role: 'admin', company: null, createdAt: 0, expiresAt: 9e9 }

t.test('a report on very many is made once for all who ask within ten seconds, and judged for each of them', async t => {
  let now = Date.UTC(2026, 0, 31)
  t.capture(Date, 'now', () => now)
  const store = await openStore(`sqlite:${join(folder(t), 'belfry.db')}`)
  t.teardown(() => store.close())
  for (const [group, size] of [['large', LARGE + 1], ['small', LARGE]] as const) {
    const ids = upTo(size).map(number => `m${String(number).padStart(6, '0')}`)
    await store.putGroup({ company: null, group }, { name: group, isOpen: false })
    await Promise.all(upTo(Math.ceil(size / 1_000)).map(part => store.changeMembers({ company: null, group }, { add: ids.slice((part - 1) * 1_000, part * 1_000), remove: [] }, limits)))
    await store.notify(draft({ groups: [group] }, { id: group }))
  }
  let made = 0
  const counting = { ...store, report: (id: string) => { made += 1; return store.report(id) } }
  const desk = new ReportDesk({ store: counting, hub: { countConnected: () => 0 } })

  const [first, second] = await Promise.all([desk.report(root, 'large'), desk.report(root, 'large')])
  t.match(first, { recipients: LARGE + 1, delivered: 0, at: now })
  t.same([second, made], [first, 1], 'who asks while it is made waits for it')
  await store.createUser({ id: 'm000001', username: 'first', role: 'user', company: null, passwordHash: null })
  await store.see('m000001', await store.head())
  now += 9_999
  t.same([await desk.report(root, 'large'), made], [first, 1], 'as of its cursor')
  await t.rejects(desk.report({ ...root, id: 'm000001', role: 'user' }, 'large'), { code: 'BLF_FORBIDDEN' })
  now += 1
  t.match(await desk.report(root, 'large'), { delivered: 1, seen: 1, seq: await store.head(), at: now }, 'and no longer')
  t.equal(made, 2)
  for (const times of [1, 2]) {
    t.match(await desk.report(root, 'small'), { recipients: LARGE, at: now })
    t.equal(made, 2 + times, 'a smaller one is always of now')
  }
})
