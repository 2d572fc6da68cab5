import { test, type Test } from 'tap'
import { MailReader } from '../../src/outbound/mail/reader.ts'
import { MailSender } from '../../src/outbound/mail/sender.ts'
import { PushReader } from '../../src/outbound/push/reader.ts'
import { PushServices } from '../../src/outbound/push/services.ts'
import { openStore } from '../../src/store/open.ts'
import { subscription } from '../contract/store/readers/pushed.ts'
import { draft } from '../contract/store/engine.ts'

const WAIT = 60_000
const HOUR = 3_600_000
const NOON = Date.UTC(2026, 0, 31, 12)

class Pushing extends PushReader {
  /** Looks at what there is, as it does when it wakes. */
  async look (): Promise<void> { await this.dueIn() }
}

class Mailing extends MailReader {
  async look (): Promise<void> { await this.dueIn() }
}

/** What readers that stay behind push, and note to be mailed, to bob; by the store's clock it is noon, and the node's is wrong by `off`. */
async function open (t: Test, off = 0) {
  let passed = 0
  const clocks = { date: Date.now, monotonic: performance.now }
  Date.now = () => NOON + passed + off
  performance.now = () => passed
  t.teardown(() => {
    Date.now = clocks.date
    performance.now = clocks.monotonic
  })
  const store = await openStore('sqlite::memory:', { now: () => NOON + passed })
  t.teardown(() => store.close())
  await store.createUser({ id: 'bob', username: 'bob', role: 'user', company: null, passwordHash: null, email: 'bob@example.com' })
  await store.putPushSubscription(subscription('bob', 'browser'))
  const pushed: string[] = []
  const mailed: { name: string, dueIn: number }[] = []
  const names = new Map<number, string>()
  const common = { owner: 'node', isAlone: true, behindMs: WAIT, paceMs: 0, onError: (error: unknown) => t.error(error) }
  const push = new Pushing({
    ...common,
    store,
    vapid: { receipt: () => 'receipt' },
    sender: {
      services: new PushServices(),
      async send ({ payload }) {
        pushed.push(payload.id!)
        return { isDone: true, status: 201 }
      }
    }
  })
  const mail = new Mailing({
    ...common,
    onQueued: () => {},
    store: {
      ...store,
      async queueMails (mails) {
        mailed.push(...mails.map(({ seq, dueIn }) => ({ name: names.get(seq)!, dueIn })))
        await store.queueMails(mails)
      }
    }
  })
  t.teardown(() => Promise.all([push.stop(), mail.stop()]))
  const run = async () => {
    for (const reader of [push, mail]) {
      await reader.look()
      await reader.run()
    }
  }
  await run()
  return {
    store,
    push,
    mail,
    run,
    /** Sends at a node whose clock is wrong by so much. */
    async send (id: string, off = 0, overrides: object = {}) {
      const { seq } = await store.notify(draft({ users: ['bob'] }, { id, at: NOON + passed + off, ...overrides }))
      names.set(seq, id)
      for (const reader of [push, mail]) reader.wake(seq)
    },
    async pass (ms: number) {
      passed += ms
      await run()
    },
    /** What was pushed, and mailed. */
    told: () => [pushed, mailed.map(({ name }) => name)],
    mailed
  }
}

test('what a node sends whose clock is wrong is pushed and mailed when it is time, and so is what follows it', async t => {
  const { send, pass, told } = await open(t)
  const sent: string[] = []
  for (const [id, off] of [['ahead', HOUR], ['far ahead', 90 * 24 * HOUR], ['behind', -HOUR], ['ahead again', HOUR], ['right', 0]] as const) {
    await send(id, off)
    await pass(2_000)
    sent.push(id)
  }
  await pass(WAIT - 10_001)
  t.same(told(), [[], []], 'nobody could have got it yet')
  for (const count of [1, 2, 3, 4, 5]) {
    await pass(1)
    t.same(told(), [sent.slice(0, count), sent.slice(0, count)])
    await pass(1_999)
    t.same(told(), [sent.slice(0, count), sent.slice(0, count)])
  }
})

test('a burst of a node that is ahead is not drawn out', async t => {
  const { send, pass, told } = await open(t)
  const sent = Array.from({ length: 20 }, (_, number) => `n-${number}`)
  for (const id of sent) {
    await send(id, HOUR)
    await pass(10)
  }
  await pass(WAIT)
  await pass(WAIT / 64)
  t.same(told(), [sent, sent])
})

test('what was sent while a clock was ahead, before the node started, waits for no longer than anything else', async t => {
  const { store, pass, told, run } = await open(t)
  await store.notify(draft({ users: ['bob'] }, { id: 'ahead', at: NOON + HOUR }))
  await store.notify(draft({ users: ['bob'] }, { id: 'long ago', at: NOON - HOUR }))
  await run()
  await pass(WAIT - 1)
  t.same(told()[0], [])
  await pass(1)
  t.same(told()[0], ['ahead', 'long ago'])
  t.equal(told()[1]!.length, 2)
})

for (const [which, off] of [['behind', -HOUR], ['ahead', HOUR]] as const) {
  test(`a node with the readers whose clock is ${which} pushes and mails in time all the same`, async t => {
    const { send, pass, told, mailed } = await open(t, off)
    await send('here', off)
    await send('elsewhere')
    await pass(WAIT - 1)
    t.same(told(), [[], []])
    await pass(1)
    t.same(told(), [['here', 'elsewhere'], ['here', 'elsewhere']])
    t.same(mailed.map(({ dueIn }) => dueIn), [0, 0])
  })

  test(`quiet hours, and what has expired, are judged by the store's clock if the node's is ${which}`, async t => {
    const { store, send, pass, told, mailed } = await open(t, off)
    await send('expires', 0, { expiresAt: NOON + WAIT })
    await send('lasts', 0, { expiresAt: NOON + HOUR / 2 })
    await pass(WAIT)
    t.same(told(), [['lasts'], ['lasts']])
    await store.changePreferences('bob', { quiet_hours: { timezone: 'UTC', days: ['sat'], from: '12:01', to: '12:30' } }, 'merge')
    await send('quiet')
    await pass(WAIT)
    t.same(told()[0], ['lasts'])
    t.match(await store.pendingPushes(), { dueIn: HOUR / 2 - 2 * WAIT })
    t.same(mailed.at(-1), { name: 'quiet', dueIn: HOUR / 2 - 2 * WAIT })
  })
}

test('a mail that is due in quiet hours is held until they end by the store\'s clock', async t => {
  const { store, send } = await open(t, HOUR)
  await send('quiet')
  await store.queueMails([{ userId: 'bob', kind: 'now', seq: await store.head(), dueIn: 0 }])
  await store.changePreferences('bob', { quiet_hours: { timezone: 'UTC', days: ['sat'], from: '12:00', to: '12:30' } }, 'merge')
  const sender = new MailSender({
    store,
    smtp: { domain: 'example.com', send: async () => t.fail('it is sent') as never },
    links: { sign: () => '' },
    places: { base: 'https://belfry.example', hasInbox: true },
    owner: 'node',
    isAlone: true,
    onError: error => t.error(error)
  })
  await sender.run()
  await sender.stop()
  t.equal(await store.nextMail(), HOUR / 2)
})

test('the lag says how long something has been waiting, whatever is stamped on it', async t => {
  const { send, pass, push, mail, run } = await open(t)
  await send('ahead', HOUR)
  await pass(WAIT / 2)
  t.same([push.lagMs, mail.lagMs], [WAIT / 2, WAIT / 2])
  await send('behind', -HOUR)
  await pass(WAIT / 2)
  await run()
  t.same([push.lagMs, mail.lagMs], [WAIT / 2, WAIT / 2], 'the first one is done')
})
