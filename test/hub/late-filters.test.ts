import { test } from 'tap'
import { draftOf } from '../../src/notification/draft.ts'
import { parseCursor } from '../../src/protocol/cursor.ts'
import type { LogEvent } from '../../src/log/event.ts'
import { build, call, hello, listen, people, subscribe, type Person, type Subscriber } from '../helper.ts'
import { random } from '../random.ts'

const SENDS = 400
const companies = ['company_a', 'company_b']
const roles = ['admin', 'user']
const topics = ['x', 'y', 'z']
const placeOf = (cursor: string) => parseCursor(cursor)!.seq

interface Standing { role: string, company: string | null }

/** Where a user stood at a place in the log, by the log. */
function standingAt (log: LogEvent[], id: string, seq: number): Standing {
  const updates = log.filter(event => event.kind === 'user.updated' && event.seq < seq).map(({ body }) => JSON.parse(body) as Standing & { id: string })
  return updates.findLast(update => update.id === id)!
}

/** Which topics a socket had asked for at a place in the log, by the answers it got. */
function topicsAt ({ frames }: Subscriber, seq: number): string[] {
  const answers = frames.filter(({ type, cursor }) => type === 'subscribed' && placeOf(cursor!) < seq)
  // Answers come in the order of the questions.
  return answers.at(-1)?.payload.topics ?? ['*']
}

/** The places of all that a socket has to get, told from the log alone. */
function expected (log: LogEvent[], socket: Subscriber, id: string): number[] {
  const begin = placeOf(socket.frames[0]!.cursor!)
  return log.filter(event => {
    if (event.seq <= begin || event.kind !== 'notification') return false
    const { role, company } = standingAt(log, id, event.seq)
    const keys = ['all', `u:${id}`, `r:${role}`, `c:${company}`, `cr:${company}/${role}`]
    const wanted = topicsAt(socket, event.seq)
    return event.keys.some(key => keys.includes(key)) && (event.topic === null || wanted.includes('*') || wanted.includes(event.topic))
  }).map(({ seq }) => seq)
}

test('a change of topics, company or role takes effect at one place in the log, however much flows', async t => {
  const app = await build(t)
  const base = await listen(app)
  const { pick, some, oneIn } = random(11)
  const movers: Person[] = ['m1', 'm2', 'm3', 'm4'].map(sub => ({ sub, role: 'user', company: 'company_a' }))
  const sockets = await Promise.all(movers.flatMap(person => [person, person]).map(async person => ({ person, socket: await subscribe(t, base, person) })))

  let left = SENDS
  const isOver = () => left <= 0
  const sending = async () => {
    while (left-- > 0) {
      const audience = pick([{ companies: some(companies) }, { roles: some(roles) }, { companies: some(companies), roles: some(roles) }, { users: [pick(movers).sub] }])
      await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, topic: pick(topics), audience })
    }
  }
  const moving = async () => {
    while (!isOver()) {
      const change = oneIn(2) ? { company: pick([...companies, null]) } : { role: pick(roles) }
      await call(app, people.root, 'PATCH', `/api/users/${pick(movers).sub}`, change)
    }
  }
  const filtering = async (own: typeof sockets) => {
    for (let id = 0; !isOver(); id++) {
      const { socket } = pick(own)
      const payload = { topics: oneIn(4) ? ['*'] : some(topics) }
      await socket.ask({ id: `${id}`, type: oneIn(2) ? 'subscribe' : 'unsubscribe', payload })
    }
  }
  await Promise.all([sending(), sending(), sending(), sending(), moving(), filtering(sockets.slice(0, 4)), filtering(sockets.slice(4))])
  const last = { id: 'last', title: 'Last', message: 'Of all', type: 'info' as const, data: {} }
  await app.store.notify(draftOf(last, { keys: ['all'], sender: 'user:root', scope: null }))

  const log = await app.store.events(0, 1_000_000)
  t.ok(log.filter(({ kind }) => kind === 'user.updated').length > 20, 'users moved while it flowed')
  for (const { person, socket } of sockets) {
    while (!socket.frames.some(({ id }) => id === 'last')) await socket.next()
    const got = socket.frames.filter(({ type }) => type === 'notification').map(({ cursor }) => placeOf(cursor!))
    t.same(got, expected(log, socket, person.sub))
  }
})
