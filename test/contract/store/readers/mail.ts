import type { Audience } from '../../../../src/log/audience.ts'
import type { MailJob, MailOutcome } from '../../../../src/store/contract/mail.ts'
import type { Test } from 'tap'
import { clock, draft, upTo, type Part } from '../engine.ts'

export const LEASE = 120_000
/** What came of a job that is done with all it is of. */
export const done = ({ userId, kind, email, upTo }: MailJob, overrides: Partial<MailOutcome> = {}): MailOutcome => ({ userId, kind, email, through: upTo, dueIn: null, isAgain: false, ...overrides })

export const mails: Part = (t, engine) => {
  /** Users with addresses but for erin, in two companies. */
  async function open (t: Test) {
    const { now, move } = clock()
    const { store } = await engine.open(t, { now })
    for (const id of ['alice', 'bob', 'carol', 'dave', 'erin']) {
      await store.createUser({ id, username: id, role: 'user', company: id === 'dave' ? 'b' : 'a', passwordHash: null, ...id === 'erin' ? {} : { email: `${id}@example.com` } })
    }
    const send = async (audience: Audience = { all: true }, topic: string | null = 'news', scope: string | null = null) => {
      const { seq, id } = await store.notify(draft(audience, { at: now(), topic, scope }))
      return { seq, id, topic, keys: (await store.events(seq - 1, 1))[0]!.keys }
    }
    /** All that are to be asked, page by page. */
    const asked = async (sent: Awaited<ReturnType<typeof send>>) => {
      const ids: string[] = []
      for (let after: string | null = null, isFirst = true; isFirst || after !== null; isFirst = false) {
        const page: Awaited<ReturnType<typeof store.mailRecipients>> = await store.mailRecipients(sent, after)
        ids.push(...page.recipients.map(({ userId }) => userId))
        after = page.next
      }
      return ids
    }
    const queue = (seq: number, dueIn = 0, userId = 'alice', kind: 'now' | 'digest' = 'now') => store.queueMails([{ userId, kind, seq, dueIn }])
    const begin = (owner = 'node') => store.beginMails(owner, 10, LEASE)
    return { store, now, move, send, asked, queue, begin }
  }

  t.test('those are asked who have an address and may see it, and have neither read nor hidden it', async t => {
    const { store, send, asked } = await open(t)
    await store.putGroup({ company: null, group: 'g' }, { name: 'g', isOpen: false })
    await store.changeMembers({ company: null, group: 'g' }, { add: ['alice', 'carol'], remove: [] }, { perGroup: 10, perUser: 10 })
    t.same(await asked(await send()), ['alice', 'bob', 'carol', 'dave'])
    t.same(await asked(await send({ companies: ['a'], not: { users: ['bob'] } })), ['alice', 'carol'])
    t.same(await asked(await send({ companies: ['a', 'b'] })), ['alice', 'bob', 'carol', 'dave'])
    t.same((await asked(await send({ users: ['dave', 'nobody', 'erin', 'bob'] }))).sort(), ['bob', 'dave'])
    t.same(await asked(await send({ groups: ['g'] })), ['alice', 'carol'])
    const sent = await send()
    await store.mark('alice', 'read', [sent.id])
    await store.mark('bob', 'archive', [sent.id])
    await store.mark('carol', 'delete', [sent.id])
    t.same(await asked(sent), ['dave'])
    await store.mark('alice', 'unread', [sent.id])
    await store.mark('bob', 'unarchive', [sent.id])
    await store.readAll('dave', null, 'news')
    t.same(await asked(sent), ['alice', 'bob'])
    await store.readAll('alice', null, 'orders')
    await store.readAll('bob', null, null)
    t.same(await asked(sent), ['alice'])
    const toA = await send({ companies: ['a'] })
    await store.changeUser('alice', { company: 'b' })
    await store.changeUser('dave', { company: 'a' })
    await store.removeUser('carol')
    await store.createUser({ id: 'carol', username: 'carol', role: 'user', company: 'a', passwordHash: null, email: 'carol@example.com' })
    await store.changeUser('erin', { email: 'erin@example.com' })
    t.same(await asked(toA), ['bob', 'erin'], 'who is in it still, not who came later')
  })

  t.test('a mail is due once, is of what there was when it was begun, and the same at every attempt', async t => {
    const { store, now, move, send, queue, begin } = await open(t)
    t.equal(await store.nextMail(), null)
    const [first, second] = [await send(), await send()]
    await queue(first.seq, 5_000)
    await queue(second.seq, 9_000)
    t.same([await store.nextMail(), await begin()], [5_000, []])
    await queue(second.seq, 1_000)
    t.equal(await store.nextMail(), 1_000, 'sooner')
    move(1_000)
    const user = (await store.user('alice'))!
    const job = { userId: 'alice', kind: 'now', name: null, email: 'alice@example.com', createdAt: user.createdAt, begunAt: now(), after: 0, upTo: second.seq, number: 0, n: 0 } as const
    t.same(await begin(), [job])
    t.same([await begin('other'), await store.nextMail()], [[], LEASE], 'it is taken')
    const third = await send()
    await queue(second.seq)
    await queue(third.seq, 400)
    await store.settleMails('node', [done(job, { through: job.after, dueIn: 300_000, isAgain: true, error: '451 later' })])
    t.equal(await store.nextMail(), 300_000)
    for (const n of [1, 2]) {
      move(300_000)
      t.same(await begin(), [{ ...job, begunAt: now(), n }])
      if (n === 1) await store.settleMails('node', [done(job, { through: job.after, dueIn: 300_000, isAgain: true })])
    }
    await store.settleMails('node', [done(job, { mailed: { state: 'sent', seqs: [first.seq, second.seq] } })])
    t.same(await begin(), [{ ...job, begunAt: now(), after: second.seq, upTo: third.seq, number: 1 }], 'what came meanwhile is in the next')
    await store.settleMails('node', [done({ ...job, upTo: third.seq })])
    await queue(third.seq)
    t.equal(await store.nextMail(), null, 'it was dealt with')
    await queue(third.seq + 1)
    await queue(third.seq, 0, 'alice', 'digest')
    t.same([(await begin()).length, (await begin('other')).length], [1, 0], 'one mail a user at a time')
    t.same((await store.mailedOf('alice', upTo(third.seq))).sort((a, b) => a - b), [first.seq, second.seq])
  })

  t.test('what a node had taken, another takes when the lease has ended, and the first settles nothing any more', async t => {
    const { store, move, send, queue, begin } = await open(t)
    const { seq } = await send()
    for (const user of ['alice', 'bob']) await queue(seq, 0, user)
    const [job] = await begin()
    move(LEASE)
    const taken = await begin('other')
    t.same(taken.map(({ userId, n, number }) => [userId, n, number]), [['alice', 1, 0], ['bob', 1, 0]])
    await store.settleMails('node', [done(job!, { mailed: { state: 'sent', seqs: [seq] }, hasBounced: true })])
    t.same([await store.mailedOf('alice', [seq]), await store.nextMail()], [[], LEASE])
    await store.releaseMails('node', 'own')
    t.equal(await store.nextMail(), LEASE, 'nor gives back')
    await store.releaseMails('node', 'others')
    t.equal(await store.nextMail(), 0)
    t.equal((await begin()).length, 2)
    await store.releaseMails('node', 'own')
    t.equal((await begin('other')).length, 2)
  })

  t.test('who is removed gets nothing more, nor does whoever has the id next', async t => {
    const { store, send, queue, begin } = await open(t)
    const { seq } = await send()
    for (const user of ['alice', 'bob', 'nobody']) await queue(seq, 0, user)
    const jobs = await begin()
    t.same(jobs.map(({ userId }) => userId), ['alice', 'bob'])
    await store.removeUser('alice')
    await store.createUser({ id: 'alice', username: 'alice', role: 'user', company: 'a', passwordHash: null, email: 'other@example.com' })
    await store.settleMails('node', jobs.map(job => done(job, { mailed: { state: 'sent', seqs: [seq] }, queue: [{ userId: job.userId, kind: 'digest', seq, dueIn: 7 }] })))
    t.same([await store.mailedOf('alice', [seq]), await store.mailedOf('bob', [seq])], [[], [seq]])
    t.match(await store.mailState('alice', seq), { email: 'other@example.com', mailed: null, waiting: [] })
    t.equal((await store.user('alice'))!.email, 'other@example.com')
    await store.removeUser('bob')
    t.equal(await store.mailState('bob', seq), undefined)
  })

  t.test('an address that refuses three mails in a row gets no more, until it is another', async t => {
    const { store, send, asked, queue, begin } = await open(t)
    const attempt = async (hasBounced: boolean) => {
      const sent = await send({ users: ['alice'] })
      await queue(sent.seq)
      const [job] = await begin()
      await store.settleMails('node', [done(job!, { mailed: { state: hasBounced ? 'failed' : 'sent', seqs: [sent.seq] }, hasBounced })])
      return await asked(sent)
    }
    for (const hasBounced of [true, true, false, true, true]) t.same(await attempt(hasBounced), ['alice'])
    t.same(await attempt(true), [])
    const { seq } = await send()
    await queue(seq)
    t.match(await begin(), [{ userId: 'alice', email: null }])
    await store.changeUser('alice', { email: 'alice@example.com' })
    t.same(await asked(await send({ users: ['alice'] })), [], 'it is the same one')
    await store.changeUser('alice', { email: 'alice@example.org' })
    t.same(await asked(await send({ users: ['alice'] })), ['alice'])
    await store.changeUser('alice', { email: null })
    t.same(await asked(await send({ users: ['alice'] })), [])
  })

  t.test('what bounced or was given up is told, to each company what is its own, and once', async t => {
    const { store, move, send, queue, begin } = await open(t)
    const everybodys = await send({ users: ['alice'] })
    const [first, second] = [await send({ companies: ['a'] }, 'news', 'a'), await send({ users: ['alice'] }, 'orders', 'a')]
    const other = await send({ users: ['alice'] }, 'orders', 'b')
    const told = async (of: { company: string | null }) => (await store.feed({ after: other.seq, limit: 100, of })).events
    await queue(everybodys.seq)
    await queue(first.seq, 0, 'bob')
    const [job, bobs] = await begin()
    const seqs = [everybodys, first, second, other].map(({ seq }) => seq)
    await store.settleMails('node', [done(bobs!, { mailed: { state: 'sent', seqs: [first.seq] } }), done(job!, { through: job!.after, dueIn: 5_000, isAgain: true, error: '451 later' })])
    t.same(await told({ company: null }), [], 'nothing of what is sent, or tried again')
    move(5_000)
    const outcomes = (await begin()).map(job => done(job, { mailed: { state: 'failed', seqs }, error: '550 no' }))
    await store.settleMails('node', outcomes)
    await store.settleMails('node', outcomes)
    const about = { type: 'delivery.failed', channel: 'mail', userId: 'alice' }
    t.match(await told({ company: null }), [
      { ...about, notificationIds: [everybodys.id], topic: 'news' }, { ...about, notificationIds: [first.id, second.id], topic: undefined }, { ...about, notificationIds: [other.id], topic: 'orders' }
    ])
    t.match((await told({ company: 'a' })).map(({ notificationIds }) => notificationIds), [[first.id, second.id]])
    t.match((await told({ company: 'b' })).map(({ notificationIds }) => notificationIds), [[other.id]])
    await queue(other.seq + 99)
    await store.settleMails('node', (await begin()).map(job => done(job, { mailed: { state: 'failed', seqs: [] }, error: 'it could not be written' })))
    t.match((await told({ company: null })).slice(3), [{ ...about, notificationIds: undefined }])
    t.equal((await told({ company: 'a' })).length, 1)
  })

  t.test('a change of preferences is heeded by what waits', async t => {
    const { store, move, now, send, queue } = await open(t)
    const { seq } = await send()
    await queue(seq, 3_600_000)
    await queue(seq, 3_600_000, 'alice', 'digest')
    t.same((await store.mailState('alice', seq))!.waiting, ['digest', 'now'].map(kind => ({ kind, at: now() + 3_600_000 })))
    move(1_000)
    await store.changePreferences('alice', { digest_at: '18:30' }, 'merge')
    t.same((await store.mailState('alice', seq))!.waiting, [{ kind: 'digest', at: Date.UTC(2026, 0, 31, 18, 30) }, { kind: 'now', at: now() }])
    t.equal(await store.nextMail(), 0)
  })

  t.test('to unsubscribe switches off what is not locked, or else mail as a whole', async t => {
    const { store } = await open(t)
    const { createdAt } = (await store.user('alice'))!
    await store.putTopic('locked', null, { description: null, default: 'on', isLocked: true, channels: {} })
    const unsubscribe = (topics: string[] | null, at = createdAt) => store.unsubscribe('alice', at, topics)
    const own = async () => (await store.preferences('alice'))!.own
    t.same(await unsubscribe(['news', 'locked', 'orders']), { topics: ['news', 'orders'] })
    t.same(await unsubscribe(['news']), { topics: ['news'] }, 'again')
    t.same(await own(), { topics: { news: { mail: 'off' }, orders: { mail: 'off' } }, channels: {}, quiet_hours: null, digest_at: null })
    t.same([await unsubscribe(['news'], createdAt + 1), await store.unsubscribe('nobody', 1, null)], [undefined, undefined])
    t.same([await unsubscribe(['locked']), (await own()).channels], [{ topics: null }, { mail: 'off' }])
    await store.changePreferences('alice', { channels: null, topics: Object.fromEntries(upTo(198).map(number => [`t-${number}`, { push: 'on' as const }])) }, 'merge')
    t.same([await unsubscribe(['one-more']), (await own()).channels], [{ topics: null }, { mail: 'off' }], 'of more topics a user cannot choose')
  })
}
