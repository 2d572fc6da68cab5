import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { copy } from '../../src/cli/copy.ts'
import type { LogEvent } from '../../src/log/event.ts'
import { parseCursor } from '../../src/protocol/cursor.ts'
import type { KeyRecord } from '../../src/store/credentials.ts'
import { openStore } from '../../src/store/open.ts'
import type { InboxEntry, Store, UserCredentials, UserRecord } from '../../src/store/store.ts'
import { draft, wholeLog } from '../contract/store/engine.ts'
import { folder } from '../folder.ts'
import { postgres } from '../services/postgres.ts'
import { withoutRecalled } from './reading.ts'

/** An entry's place, and when it was read. */
type Place = [seq: number, readAt: number | null]
interface View { inbox: Place[], unread: number, unreadEntries: Place[], news: Place[], missed: number[] }
/** What the version before read from its own store; how both were made stands in `fixtures/README.md`. */
interface Expected {
  epoch: string
  head: number
  /** A cursor in the middle of the log; `missed` is what came after it. */
  middle: string
  log: LogEvent[]
  users: UserRecord[]
  admin: UserCredentials
  key: KeyRecord
  moments: { at: number, views: Record<string, View> }[]
}

const fixtures = join(import.meta.dirname, 'fixtures')
const expected = JSON.parse(readFileSync(join(fixtures, 'version-3.json'), 'utf8')) as Expected
const bodies = new Map(expected.log.map(({ seq, body }) => [seq, body]))
const middle = parseCursor(expected.middle)!

/** Names are in NFC since then, whatever their form was; in keys they are percent-encoded. */
const inNfc = <T>(value: T): T => JSON.parse(JSON.stringify(value).normalize('NFC'))
const logInNfc = (log: LogEvent[]) => inNfc(log.map(event => ({ ...event, keys: event.keys.map(decodeURIComponent) })))

/** A copy of the store, so that nothing is written to the fixture; its URL. */
function copyOfFixture (t: Test): string {
  const path = join(folder(t), 'belfry.db')
  copyFileSync(join(fixtures, 'version-3.db'), path)
  return `sqlite:${path}`
}

/** All that a user missed, read in pages that are smaller than it. */
async function missedBy (store: Store, userId: string): Promise<LogEvent[]> {
  const missed: LogEvent[] = []
  for (let after = middle.seq; after < expected.head;) {
    const page = await store.replay(userId, after, expected.head, 5)
    if (!page) throw new Error('no longer kept')
    missed.push(...page.events)
    after = page.upTo
  }
  return missed
}

async function viewOf (t: Test, store: Store, userId: string): Promise<View> {
  const places = (entries: InboxEntry[]) => entries.map(({ seq, body, readAt }): Place => {
    if (body !== bodies.get(seq)) t.fail(`${userId}'s entry ${seq} has another text`)
    return [seq, readAt]
  })
  const inbox = await store.inbox(userId, { limit: 200 })
  const { count: unread } = await store.unread(userId)
  t.equal(inbox.unread, unread)
  const missed = await missedBy(store, userId)
  for (const { seq, body } of missed) if (body !== bodies.get(seq)) t.fail(`${userId}'s event ${seq} has another text`)
  return {
    inbox: places(inbox.entries),
    unread,
    unreadEntries: places((await store.inbox(userId, { limit: 200, unread: true })).entries),
    news: places((await store.inbox(userId, { limit: 200, topic: 'news' })).entries),
    missed: missed.map(({ seq }) => seq)
  }
}

/** Everything that the version before knew is there, and what was begun with it goes on. */
async function isAsItWas (t: Test, url: string): Promise<void> {
  let now = 0
  const store = await openStore(url, { now: () => now })
  t.teardown(() => store.close())
  t.strictSame([store.epoch, await store.head(), await store.floor()], [expected.epoch, expected.head, 0])
  t.equal(middle.epoch, store.epoch, 'cursors are of this log')
  t.strictSame(logInNfc(withoutRecalled(await wholeLog(store))), logInNfc(withoutRecalled(expected.log)))
  for (const moment of expected.moments) {
    now = moment.at
    for (const [userId, view] of Object.entries(moment.views)) t.strictSame(await viewOf(t, store, userId), view, userId)
  }

  now = expected.moments[0]!.at
  const users = await store.users({ limit: 100 })
  t.match(users, inNfc(expected.users))
  t.equal(users.length, expected.users.length)
  t.match(await store.userByName('admin'), expected.admin)
  t.match(await store.keyByHash('backend-hash'), { ...inNfc(expected.key), rateLimit: null, expiresAt: null })
  t.same((await store.keys()).map(({ id }) => id), ['backend'])
  t.equal(await store.keyByHash('revoked-hash'), undefined)
  t.strictSame([await store.isSessionOpen('open'), await store.isSessionOpen('ended')], [true, false])
  t.match(await store.redeemTicket('ticket'), { userId: 'alice', sessionId: 'open', origin: 'https://app.example' })
  const expiresAt = now + 1_000_000
  t.match(await store.refresh({ hash: 'open-2', nextHash: 'open-3', expiresAt }), { outcome: 'rotated', sessionId: 'open', user: { id: 'alice' } })
  t.same(await store.refresh({ hash: 'ended-1', nextHash: 'ended-2', expiresAt }), { outcome: 'refused' })
  await t.rejects(store.applyClaims({ id: 'gone', role: 'user', company: 'company_a', iat: now / 1000 - 200 }), { code: 'BLF_UNAUTHENTICATED' })

  const once = expected.log.find(({ id }) => id === 'n-22')!
  t.same(await store.notify(draft({ all: true }, { id: 'another', idempotencyKey: 'once', digest: 'digest 22' })), { id: 'n-22', seq: once.seq, stored: false }, 'a retry is one still')
  const { unread } = expected.moments[0]!.views.bob!
  t.equal((await store.notify(draft({ users: ['bob'] }, { id: 'next' }))).seq, expected.head + 1)
  t.match(await store.mark('bob', 'read', ['n-6', 'next']), { missing: [], unread: unread - 1, seq: expected.head + 2 })
  t.match(await store.readAll('bob', null, null), { count: unread - 1, unread: 0 })
}

t.test('the fixture is worth reading', async t => {
  const [first, later] = expected.moments
  t.ok(Object.entries(first!.views).every(([id, { inbox, missed }]) => id === 'gone' ? inbox.length === 0 : inbox.length > 0 && missed.length > 0))
  t.ok(later!.views.bob!.inbox.length < first!.views.bob!.inbox.length, 'something expires')
  t.not(JSON.stringify(expected.users), JSON.stringify(inNfc(expected.users)), 'a name is in another form')
})

t.test('SQLite: a store of version 3 is what it was', async t => {
  await isAsItWas(t, copyOfFixture(t))
})

const server = await postgres(t)

if (server) {
  t.test('PostgreSQL: the same store, copied there', async t => {
    const from = copyOfFixture(t)
    const to = await server.database(t)
    await t.rejects(copy([from, to]), { message: /another version/ }, 'not before this version has opened it')
    await (await openStore(from)).close()
    t.match(await copy([from, to]), `epoch ${expected.epoch}, up to number ${expected.head}`)
    await isAsItWas(t, to)
  })
}
