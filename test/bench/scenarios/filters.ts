import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { audienceKey } from '../../../src/log/audience.ts'
import { openStore } from '../../../src/store/open.ts'
import { MAX_COUNTED } from '../../../src/store/ops/inbox/counts.ts'
import type { Draft, InboxFilter, Store } from '../../../src/store/store.ts'
import { atMost, type Row, type Section } from '../lib/report.ts'
import { medianTimeOf } from '../lib/statistics.ts'
import { longestTurn, type LongestTurn } from '../lib/turns.ts'
import type { Options } from '../options.ts'

/** With a million broadcasts 100,000. */
const USERS = 200
const GROUPS = 20
const CALLS = 60
const AT_ONCE = 500
const MEMBERS_AT_ONCE = 1_000
const PARTS = 20
const MARKS = 1_000
const limits = { perGroup: 100_000, perUser: 200 }
const groupOf = (number: number) => ({ company: null, group: `group-${number % GROUPS}` })

const FILTERS: Record<string, Omit<InboxFilter, 'limit'>> = {
  page: {}, topic: { topic: 'topic-3' }, type: { type: 'error' }, unread: { unread: true }, read: { unread: false }, 'read topic and type': { topic: 'topic-3', type: 'error', unread: false }
}

/** What a page by every filter and a count cost as broadcasts (to all, a company, a role, groups) accumulate; users are in five groups each. */
export async function filters ({ broadcasts: sizes }: Options): Promise<Section> {
  const users = sizes.at(-1)! >= 1_000_000 ? 100_000 : USERS
  const folder = mkdtempSync(join(tmpdir(), 'belfry-filters-'))
  const curve: { size: number, ms: Record<string, number>, turn: LongestTurn }[] = []
  try {
    for (const size of sizes) {
      const store = await openStore(`sqlite:${join(folder, `${size}.db`)}`)
      await fill(store, size, users)
      const [ms, turn] = await longestTurn(() => measure(store, users))
      curve.push({ size, ms, turn })
      await store.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const [base, last] = [curve[0]!, curve.at(-1)!]
  return {
    title: `Filters and counts, ${users.toLocaleString('en-US')} users in five groups each: median milliseconds of a call`,
    rows: curve.map(({ size, ms, turn }): Row => ({ broadcasts: size, ...ms, 'longest turn': turn.ms, 'longest turn, CPU': turn.cpuMs })),
    goals: [
      ...Object.keys(last.ms).map(call => atMost(`${call} with ${last.size} broadcasts / with ${base.size}`, last.ms[call]! / base.ms[call]!, 1.5)),
      atMost(`longest turn of the event loop with ${last.size} broadcasts, ms of CPU`, last.turn.cpuMs, 20),
      // A page has the counts, too.
      atMost('page with 50 muted intervals / with none', last.ms['page, 50 muted']! / last.ms['page']!, 1.3)
    ]
  }
}

async function fill (store: Store, size: number, users: number): Promise<void> {
  await inBatches(users, index => store.createUser({ id: `user-${index}`, username: `user-${index}`, role: 'user', company: `company-${index % 10}`, passwordHash: null }))
  for (let group = 0; group < GROUPS; group++) {
    await store.putGroup(groupOf(group), { name: `Group ${group}`, isOpen: false })
    const members = Array.from({ length: users }, (_, user) => user).filter(user => (user + GROUPS - group) % GROUPS < 5).map(user => `user-${user}`)
    for (let start = 0; start < members.length; start += MEMBERS_AT_ONCE) {
      await store.changeMembers(groupOf(group), { add: members.slice(start, start + MEMBERS_AT_ONCE), remove: [] }, limits)
    }
  }
  // The first user mutes five of seven topics for half of the time: fifty intervals.
  for (let part = 0; part < PARTS; part++) {
    const topics = Object.fromEntries([0, 1, 2, 3, 4].map(number => [`topic-${number}`, { inbox: part % 2 === 0 ? 'off' as const : null }]))
    await store.changePreferences('user-0', { topics }, 'merge')
    const start = Math.floor(part * size / PARTS)
    await inBatches(Math.floor((part + 1) * size / PARTS) - start, index => store.notify(broadcast(start + index)))
  }
  // One user has a thousand single marks, the others none: for them, everything is unread.
  const { entries } = await store.inbox('user-1', { limit: MARKS })
  const ids = entries.map(({ body }) => (JSON.parse(body) as { id: string }).id)
  for (let start = 0; start < ids.length; start += 100) await store.mark('user-1', 'read', ids.slice(start, start + 100))
}

async function inBatches (count: number, write: (index: number) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < count; start += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - start) }, (_, offset) => write(start + offset)))
  }
}

async function measure (store: Store, users: number): Promise<Record<string, number>> {
  // Spread over all of them: their places, and what of them is cached, differ.
  const userOf = (index: number) => `user-${2 + index * 997 % (users - 2)}`
  const ms: Record<string, number> = {}
  for (const [name, filter] of Object.entries(FILTERS)) ms[name] = await medianTimeOf(CALLS, index => store.inbox(userOf(index), { limit: 50, ...filter }))
  // As many at a time as one statement counts for: a single one waits for others.
  ms[`${MAX_COUNTED} counts, all unread`] = await medianTimeOf(CALLS, index => Promise.all(Array.from({ length: MAX_COUNTED }, (_, offset) => store.unread(userOf(index + offset)))))
  ms[`${MAX_COUNTED} counts, a thousand marks`] = await medianTimeOf(CALLS, () => Promise.all(Array.from({ length: MAX_COUNTED }, () => store.unread('user-1'))))
  ms['page, 50 muted'] = await medianTimeOf(CALLS, () => store.inbox('user-0', { limit: 50 }))
  ms[`${MAX_COUNTED} counts, 50 muted`] = await medianTimeOf(CALLS, () => Promise.all(Array.from({ length: MAX_COUNTED }, () => store.unread('user-0'))))
  return ms
}

function broadcast (index: number): Draft {
  const [id, topic, type] = [`b-${index}`, `topic-${index % 7}`, index % 11 === 0 ? 'error' : 'info']
  const keys = [audienceKey.all, audienceKey.company(`company-${index % 10}`), audienceKey.role('user'), audienceKey.group(groupOf(index))]
  return {
    id,
    idempotencyKey: null,
    sender: 'user:root',
    scope: null,
    keys: [keys[index % 4]!],
    digest: '',
    isNew: true,
    type,
    topic,
    at: Date.now(),
    expiresAt: null,
    body: JSON.stringify({ id, title: 'A benchmark', message: 'x'.repeat(100), type, read: false, data: { topic } })
  }
}
