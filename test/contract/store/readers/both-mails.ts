import type { MailJob, MailKind } from '../../../../src/store/contract/mail.ts'
import { clock, draft, type Part } from '../engine.ts'
import { done, LEASE } from './mail.ts'

/** A user's mail at once, and the day's mail. */
export const bothMails: Part = (t, engine) => {
  t.test('what may have arrived in a mail is not in one of the other kind', async t => {
    const { now, move } = clock()
    const { store } = await engine.open(t, { now })
    for (const id of ['alice', 'bob']) await store.createUser({ id, username: id, role: 'user', company: null, passwordHash: null, email: `${id}@example.com` })
    const send = () => store.notify(draft({ all: true }, { at: now() }))
    const queue = (seq: number, userId: string, kind: MailKind) => store.queueMails([{ userId, kind, seq, dueIn: 0 }])
    const begin = (owner = 'node') => store.beginMails(owner, 10, LEASE)
    const fail = async ([job]: MailJob[]) => { await store.settleMails('node', [done(job!, { through: job!.after, dueIn: 300_000, isAgain: true })]) }
    const [first, second] = [await send(), await send()]
    await queue(first.seq, 'alice', 'now')
    await fail(await begin())
    await queue(second.seq, 'alice', 'digest')
    t.same([await store.nextMail(), await begin()], [300_000, []], 'a digest waits')
    move(300_000)
    const [again] = await begin()
    t.match(again, { kind: 'now', after: 0, upTo: second.seq, n: 1 })
    await store.settleMails('node', [done(again!)])
    const third = await send()
    await queue(third.seq, 'alice', 'digest')
    const digest = await begin()
    t.match(digest, [{ kind: 'digest', after: 0, upTo: third.seq }])
    await fail(digest)
    const fourth = await send()
    await queue(third.seq, 'alice', 'now')
    await queue(fourth.seq, 'alice', 'now')
    const atOnce = await begin()
    t.match(atOnce, [{ kind: 'now', after: third.seq, upTo: fourth.seq }], 'what is sent at once is of what came after the digest was begun')
    await fail(atOnce)
    move(300_000)
    const retried = await begin()
    t.same([await begin('other'), await store.nextMail()], [[], LEASE], 'one mail a user at a time')
    await store.settleMails('node', retried.map(job => done(job)))
    const other = await begin()
    t.same([...retried, ...other].map(({ kind, after, upTo, n }) => [kind, after, upTo, n]).sort(), [['digest', 0, third.seq, 1], ['now', third.seq, fourth.seq, 1]], 'each as it was')
    await store.settleMails('node', other.map(job => done(job)))

    await queue(third.seq, 'bob', 'digest')
    await store.settleMails('node', (await begin()).map(job => done(job)))
    const fifth = await send()
    await queue(fifth.seq, 'bob', 'digest')
    await fail(await begin())
    await queue(first.seq, 'bob', 'now')
    t.same(await begin(), [], 'what a digest is not of waits for it')
    move(300_000)
    const after = await begin()
    t.match(after, [{ userId: 'bob', kind: 'digest', after: fourth.seq, upTo: fifth.seq }])
    await store.settleMails('node', after.map(job => done(job)))
    t.match(await begin(), [{ userId: 'bob', kind: 'now', after: 0 }])
  })
}
