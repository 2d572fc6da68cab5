import type { Audience } from '../../../../src/log/audience.ts'
import type { Draft } from '../../../../src/store/store.ts'
import { clock, draft, type Part } from '../engine.ts'

export const lateMails: Part = (t, engine) => {
  async function open (t: Parameters<Part>[0]) {
    const { now, move } = clock()
    const { store } = await engine.open(t, { now })
    const create = (id: string, company: string | null) => store.createUser({ id, username: id, role: 'user', company, passwordHash: null, email: `${id}@example.com` })
    const send = async (audience: Audience = { companies: ['a'] }, rest: Partial<Draft> = {}) => {
      const { seq, id } = await store.notify(draft(audience, { at: now(), topic: 't', expiresAt: now() + 60_000, lateJoiners: true, ...rest }))
      return { seq, id, topic: 't', keys: (await store.events(seq - 1, 1))[0]!.keys }
    }
    /** All that are to be asked, and where it came into their inboxes. */
    const asked = async (sent: Awaited<ReturnType<typeof send>>) => {
      const found: [string, number][] = []
      for (let after: string | null = null, isFirst = true; isFirst || after !== null; isFirst = false) {
        const page: Awaited<ReturnType<typeof store.mailRecipients>> = await store.mailRecipients(sent, after)
        found.push(...page.recipients.map(({ userId, seq }): [string, number] => [userId, seq]))
        after = page.next
      }
      return found.sort()
    }
    /** Moves somebody to a company; where that is in the log. */
    const toCompany = async (id: string, company: string) => {
      const place = await store.head() + 1
      await store.changeUser(id, { company })
      return place
    }
    const put = (group: string) => store.putGroup({ company: null, group }, { name: group, isOpen: false })
    const change = async (group: string, add: string[], remove: string[] = []) => {
      const place = await store.head() + 1
      await store.changeMembers({ company: null, group }, { add, remove }, { perGroup: 100, perUser: 100 })
      return place
    }
    return { store, now, move, create, send, asked, join: toCompany, put, change }
  }

  t.test('who has joined its audience by then is asked, too, and what they did before does not count', async t => {
    const { store, create, send, asked, join } = await open(t)
    for (const id of ['alice', 'out']) await create(id, 'a')
    for (const id of ['bob', 'read', 'all', 'hid', 'before']) await create(id, 'b')
    const late = await send({ companies: ['a'], not: { users: ['out'] } })
    const other = await send({ companies: ['a'] }, { lateJoiners: false })
    await store.readAll('before', null, null)
    await store.readAll('before', null, 't')
    t.same(await asked(late), [['alice', late.seq]])
    const joined: Record<string, number> = {}
    for (const id of ['bob', 'read', 'all', 'hid', 'before']) joined[id] = await join(id, 'a')
    await join('out', 'b')
    joined['out'] = await join('out', 'a')
    t.same(await asked(late), [['alice', late.seq], ...['all', 'before', 'bob', 'hid', 'read'].map(id => [id, joined[id]])])
    t.same(await asked(other), [['alice', other.seq]], 'not of one that is for who was there')
    await store.mark('read', 'read', [late.id])
    await store.readAll('all', null, 't')
    await store.mark('hid', 'archive', [late.id])
    t.same(await asked(late), [['alice', late.seq], ['before', joined['before']], ['bob', joined['bob']]])
  })

  t.test('of several groups it is the first that brought it, and none of a former one', async t => {
    const { store, create, send, asked, put, change } = await open(t)
    for (const group of ['g', 'h', 'made']) await put(group)
    for (const id of ['alice', 'bob', 'carol', 'dave']) await create(id, 'a')
    await change('h', ['alice'])
    const late = await send({ groups: ['g', 'h', 'made'] })
    await store.removeGroup({ company: null, group: 'made' })
    await put('made')
    await change('made', ['carol', 'dave'])
    const first = await change('h', ['bob'])
    const second = await change('g', ['alice', 'bob', 'dave'])
    // A member of several groups comes once for each, also of the former one.
    t.same(await asked(late), [['alice', late.seq], ['alice', late.seq], ['bob', first], ['bob', first], ['dave', second], ['dave', second]])
  })

  t.test('what came late into an inbox is told, with where it came', async t => {
    const { store, now, move, create, send, join, put, change } = await open(t)
    await put('g')
    await create('bob', 'b')
    const first = await send()
    const toB = await send({ companies: ['b'] })
    const both = await send({ groups: ['g'] })
    await send({ companies: ['a'] }, { lateJoiners: false })
    const arrivals = async (after = 0, upTo = 1e9) => (await store.lateArrivals('bob', after, upTo)).map(({ seq, joined }) => [seq, joined])
    t.same(await arrivals(), [])
    const moved = await join('bob', 'a')
    const joined = await change('g', ['bob'])
    const third = await send()
    t.same(await arrivals(), [[both.seq, joined], [first.seq, moved]])
    t.same(await arrivals(moved), [[both.seq, joined]], 'after a place')
    t.same(await arrivals(moved - 1, first.seq), [[first.seq, moved]], 'up to a notification')
    t.same(await arrivals(joined), [])
    t.same((await store.mailRecipients(toB, null)).recipients, [], 'bob has left')
    t.same((await store.mailRecipients(third, null)).recipients, [{ userId: 'bob', seq: third.seq }])
    await store.recall(first.id)
    t.same(await arrivals(), [[both.seq, joined]])
    await store.queueMails([{ userId: 'bob', kind: 'now', seq: joined, dueIn: 5 }])
    const waiting = async (came?: number) => (await store.mailState('bob', both.seq, came))!.waiting
    t.same([await waiting(joined), await waiting()], Array(2).fill([{ kind: 'now', at: now() + 5 }]), 'the first has all that is there')
    move(5)
    t.equal((await store.beginMails('node', 9, 1_000)).length, 1)
    await store.settleMails('node', [{ userId: 'bob', kind: 'now', email: 'bob@example.com', through: joined - 1, dueIn: null, isAgain: false }])
    await store.queueMails([{ userId: 'bob', kind: 'now', seq: joined, dueIn: 5 }])
    t.same([await waiting(joined), await waiting()], [[{ kind: 'now', at: now() + 5 }], []], 'the next what came since')
    move(60_000)
    t.same(await arrivals(), [])
  })

  t.test('a mail has what came after the last one, the first all there is, also before a late joiner joined', async t => {
    const { store, create, send, put, change } = await open(t)
    await put('g')
    await create('alice', 'b')
    await send({ companies: ['b'] })
    const first = await send({ companies: ['b'] })
    await send({ groups: ['g'] })
    await store.queueMails([{ userId: 'alice', kind: 'now', seq: first.seq, dueIn: 0 }])
    const [job] = await store.beginMails('node', 9, 1_000)
    await store.settleMails('node', [{ userId: 'alice', kind: 'now', email: 'alice@example.com', through: job!.upTo, dueIn: null, isAgain: false }])
    await send({ companies: ['b'] })
    const joined = await change('g', ['alice'])
    await store.queueMails([{ userId: 'alice', kind: 'now', seq: joined, dueIn: 0 }])
    t.match([job, ...await store.beginMails('node', 9, 1_000)], [{ userId: 'alice', after: 0 }, { userId: 'alice', after: job!.upTo }])
  })
}
