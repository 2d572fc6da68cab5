import type { Test } from 'tap'
import type { MailKind, MailOutcome } from '../../../../src/store/contract/mail.ts'
import { clock, draft, type Part } from '../engine.ts'
import { done, LEASE } from './mail.ts'

const RETRY_MS = 300_000
const sent = (...seqs: number[]): Partial<MailOutcome> => ({ mailed: { state: 'sent', seqs }, hasBounced: false })
const bounced = (...seqs: number[]): Partial<MailOutcome> => ({ mailed: { state: 'failed', seqs }, hasBounced: true, error: '550 no' })
const givenUp = (...seqs: number[]): Partial<MailOutcome> => ({ mailed: { state: 'failed', seqs }, error: '451 later' })
const deferred = (through: number): Partial<MailOutcome> => ({ through, dueIn: RETRY_MS, isAgain: true, error: '451 later' })

/** What becomes of a user's mails when the address changes. */
export const otherAddresses: Part = (t, engine) => {
  async function open (t: Test) {
    const { now, move } = clock()
    const { store } = await engine.open(t, { now })
    await store.createUser({ id: 'alice', username: 'alice', role: 'user', company: null, passwordHash: null, email: 'old@example.com' })
    const readdress = (email: string | null) => store.changeUser('alice', { email })
    /** Sends a notification that is to be mailed at once, or in a digest; its place. */
    const send = async (kind: MailKind = 'now') => {
      const { seq } = await store.notify(draft({ all: true }, { at: now() }))
      await store.queueMails([{ userId: 'alice', kind, seq, dueIn: 0 }])
      return seq
    }
    /** Takes the one mail that is due. */
    const begin = async (owner = 'node') => {
      const jobs = await store.beginMails(owner, 10, LEASE)
      t.equal(jobs.length, 1)
      return jobs[0]!
    }
    /** Takes it, and writes down what came of it. */
    const attempt = async (outcome: Partial<MailOutcome>) => {
      const job = await begin()
      await store.settleMails('node', [done(job, outcome)])
      return job
    }
    const mailed = async (...seqs: number[]) => (await store.mailedOf('alice', seqs)).sort((a, b) => a - b)
    const statesOf = (...seqs: number[]) => Promise.all(seqs.map(async seq => (await store.mailState('alice', seq))!.mailed?.state))
    return { store, move, readdress, send, begin, attempt, mailed, statesOf }
  }

  for (const kind of ['now', 'digest'] as const) {
    t.test(`what bounced or was given up is in the next mail to another address: ${kind}`, async t => {
      const { store, move, readdress, send, attempt, mailed, statesOf } = await open(t)
      const first = await send(kind)
      await attempt(bounced(first))
      const second = await send(kind)
      t.match(await attempt(givenUp(second)), { after: first })
      const third = await send(kind)
      await attempt(sent(third))
      await readdress('old@example.com')
      await send(kind)
      t.match(await attempt({}), { after: third, number: 3 }, 'to the same one it does not come')
      t.same(await mailed(first, second, third), [first, second, third])
      await readdress('new@example.com')
      t.same([await store.nextMail(), await statesOf(first, second, third)], [null, ['failed', 'failed', 'sent']], 'there is none yet')
      const last = await send(kind)
      t.match(await attempt(deferred(0)), { after: 0, upTo: last, number: 4, n: 0, email: 'new@example.com' })
      t.same([await mailed(first, second, third), await statesOf(first, second)], [[third], [undefined, undefined]])
      move(RETRY_MS)
      t.match(await attempt(bounced(first, second, last)), { after: 0, upTo: last, number: 4, n: 1 }, 'the same at every attempt')
      await send(kind)
      t.match(await attempt({}), { after: last }, 'what bounces there does not come again')
      t.same([await mailed(first, second, last), await statesOf(first, last)], [[first, second, last], ['failed', 'failed']])
      await readdress(null)
      await readdress('new@example.com')
      await send(kind)
      t.match(await attempt(sent(first, second, last)), { after: 0 }, 'one that is stated again has refused nothing')
      t.same(await statesOf(first, second, third, last), Array(4).fill('sent'))
    })
  }

  t.test('a mail that was begun for the former address is the same at every attempt, and due at once; the next has everything', async t => {
    const { store, readdress, send, begin, attempt, mailed } = await open(t)
    const first = await send()
    await attempt(bounced(first))
    const second = await send()
    await attempt(deferred(first))
    await readdress('new@example.com')
    const digested = await send('digest')
    const third = await send()
    t.match(await begin('killed'), { kind: 'now', after: first, upTo: second, n: 1, number: 1, email: 'new@example.com' })
    await store.releaseMails('node', 'others')
    t.match(await attempt(sent(second)), { kind: 'now', after: first, upTo: second, n: 2, number: 1 })
    t.same(await mailed(first, second), [first, second])
    const jobs = [await attempt(sent(first, third)), await attempt(sent(digested))]
    t.same(jobs.map(({ kind, after }) => [kind, after]), [['digest', 0], ['now', 0]], 'of both kinds')
    await send()
    t.match(await attempt({}), { after: third }, 'once')
  })

  t.test('a mail at once waits for a digest that was begun for the former address', async t => {
    const { store, move, readdress, send, attempt, mailed } = await open(t)
    const first = await send()
    await attempt(bounced(first))
    const second = await send('digest')
    t.match(await attempt(deferred(0)), { kind: 'digest', after: 0, upTo: second })
    await readdress('new@example.com')
    t.match(await attempt(deferred(0)), { kind: 'digest', n: 1 })
    const third = await send()
    t.same([await store.beginMails('node', 10, LEASE), await store.nextMail(), await mailed(first)], [[], RETRY_MS, [first]], 'it would have to have what the digest did not have at its first attempt')
    move(RETRY_MS)
    t.match(await attempt(sent(second)), { kind: 'digest', after: 0, upTo: second })
    t.match(await attempt(sent(first, third)), { kind: 'now', after: 0 })
  })

  t.test('what is known of the former address only after the change counts for that alone', async t => {
    const { store, readdress, send, begin, attempt, statesOf } = await open(t)
    const outcomes = { bounced, givenUp, sent } as const
    for (const [name, outcome] of Object.entries(outcomes)) {
      const seq = await send()
      const job = await begin()
      await readdress(`after-${name}@example.com`)
      await store.settleMails('node', [done(job, outcome(seq))])
      t.same([await store.nextMail(), await statesOf(seq)], [null, [name === 'sent' ? 'sent' : 'failed']])
      const next = await send()
      t.match(await begin(), { after: 0, email: `after-${name}@example.com` })
      t.same(await store.mailedOf('alice', [seq]), name === 'sent' ? [seq] : [])
      await store.releaseMails('node', 'own')
      await attempt(sent(seq, next))
    }
    for (let count = 0; count < 2; count++) await attempt(bounced(await send()))
    await send()
    t.match(await begin(), { email: 'after-sent@example.com' }, 'the bounce of the former one is not the third')
  })

  t.test('a mail that may have arrived waits for another address, if there is none', async t => {
    const { store, move, readdress, send, attempt } = await open(t)
    const first = await send()
    await attempt(deferred(0))
    await readdress(null)
    move(RETRY_MS)
    t.match(await attempt({ through: 0, isAgain: true }), { email: null, n: 1 })
    t.equal(await store.nextMail(), null)
    await readdress('new@example.com')
    t.equal(await store.nextMail(), 0)
    t.match(await attempt(sent(first)), { after: 0, upTo: first, number: 0, email: 'new@example.com' })
  })
}
