import { test } from 'tap'
import { uuidv7 } from 'uuidv7'
import { clientFrames } from '../../schemas/socket/client-frames.ts'
import { formatCursor } from '../../src/protocol/cursor.ts'
import { connectStream } from '../stream/event-stream.ts'
import { build, hello, listen, mint, people, refusal, Subscriber } from '../helper.ts'
import { bearing } from './accounts.ts'
import { actors, keys, makeActors, nobodies, stateOf, strangersToA, strangersToB, users, type Actor } from './matrix/actors.ts'
import { audiences, newNotification, rows } from './matrix/operations.ts'
import { identity } from './matrix/outbound.ts'
import { Table } from './matrix/table.ts'

const CANARY_A = 'canary-of-company-a-5f0c'
const CANARY_B = 'canary-of-company-b-91d7'

/**
 * The actors, those first who are to be refused; what these ask about is made before any of them asks. None of them changes
 * anything then, so that the state, which takes long to read, is read once for all. Who is refused but should not be is found by that.
 */
async function refusedFirst<T> (isToBeRefused: (actor: Actor) => boolean, make: (actor: Actor) => Promise<T>) {
  const refused = actors.filter(isToBeRefused)
  const ahead: { actor: Actor, made: () => T | Promise<T>, isToBeRefused: boolean }[] = []
  for (const actor of refused) {
    const value = await make(actor)
    ahead.push({ actor, made: () => value, isToBeRefused: true })
  }
  return [...ahead, ...actors.filter(actor => !refused.includes(actor)).map(actor => ({ actor, made: () => make(actor), isToBeRefused: false }))]
}

const isNobody = (actor: Actor) => (nobodies as readonly Actor[]).includes(actor)

test('who may do what', async t => {
  const app = await build(t, { MAX_CONNECTIONS_PER_USER: '100', VAPID_SUBJECT: identity.subject, VAPID_PRIVATE_KEY: identity.privateKey, PUSH_AFTER: '3600' })
  const base = await listen(app)
  const credentials = await makeActors(app)
  const heard = Object.fromEntries(actors.map(actor => [actor, ''])) as Record<Actor, string>
  const headersOf = (actor: Actor) => credentials[actor] === undefined ? {} : bearing(credentials[actor])

  async function canaries (): Promise<void> {
    for (const [company, canary] of [['company_a', CANARY_A], ['company_b', CANARY_B]] as const) {
      const audiences = [{ companies: [company] }, { users: [company === 'company_a' ? 'bob' : 'carol'] }, { companies: [company], roles: ['admin', 'user'] }]
      for (const audience of audiences) {
        await app.inject({ method: 'POST', url: '/api/notifications/send', headers: headersOf('root'), payload: { ...hello, title: canary, audience } })
      }
    }
  }

  /** Open, past the welcome, everything it hears kept. */
  async function connect (actor: Actor, headers: Record<string, string> = headersOf(actor)): Promise<Subscriber> {
    const subscriber = new Subscriber(`${base}/ws/notifications`, { headers })
    t.teardown(() => subscriber.close())
    subscriber.socket.on('message', data => { heard[actor] += String(data) })
    if (!isNobody(actor)) await subscriber.next('welcome')
    return subscriber
  }

  /** A stream that opens is closed when canaries have been sent, and everything it hears is kept. */
  async function openStream (actor: Actor): Promise<{ statusCode: number, body: string }> {
    const stream = connectStream(t, base, { headers: headersOf(actor) })
    const { statusCode } = await stream.opened()
    if (statusCode !== 200) await stream.closed
    else {
      await stream.next('welcome')
      await canaries()
      await app.inject({ method: 'POST', url: '/api/notifications/send', headers: headersOf('root'), payload: { ...hello, id: uuidv7() } })
      while ((await stream.next('notification')).payload.title !== hello.title);
      stream.close()
    }
    return { statusCode: statusCode!, body: stream.text }
  }

  /** A stream of overviews is closed when its first overview has come. */
  async function openOverview (actor: Actor): Promise<{ statusCode: number, body: string }> {
    const stream = connectStream(t, base, { headers: headersOf(actor), path: '/sse/overview' })
    const { statusCode } = await stream.opened()
    if (statusCode !== 200) await stream.closed
    else await stream.next('overview')
    stream.close()
    return { statusCode: statusCode!, body: stream.text }
  }

  const streams: Record<string, (actor: Actor) => Promise<{ statusCode: number, body: string }>> = { openStream, openOverview }

  await canaries()
  const listening = new Map<Actor, Subscriber>()
  for (const actor of [...users, ...keys]) listening.set(actor, await connect(actor))
  await canaries()

  t.test('REST: every operation of the document', async t => {
    const operations = Object.values(app.swagger().paths!).flatMap(path => Object.values(path as Record<string, { operationId?: string }>))
    const known = operations.map(({ operationId }) => operationId).filter(id => id !== undefined && id !== 'openSocket')
    t.same([...new Set(rows.map(({ operation }) => operation))].sort(), known.sort(), 'each operation has its rows')

    const table = new Table()
    for (const { operation, about, request, answers } of rows) {
      const row = about ? `${operation} ${about}` : operation
      // On the first page of whoever may read it.
      if (operation === 'listNotifications') await canaries()
      const expectedOf = (actor: Actor) => answers[actor] ?? (isNobody(actor) ? 401 : 403)
      for (const { actor, made, isToBeRefused } of await refusedFirst(actor => expectedOf(actor) >= 400, async () => await request(app))) {
        const { method, url, body } = await made()
        const before = isToBeRefused && await stateOf(app)
        const response = operation in streams ? await streams[operation]!(actor) : await app.inject({ method, url, headers: headersOf(actor), ...(body ? { payload: body } : {}) })
        heard[actor] += response.body
        const found = response.statusCode
        table.add({ row, actor, expected: expectedOf(actor), found, changed: isToBeRefused && found >= 400 && await stateOf(app) !== before })
      }
      t.same(table.wrong(row), [], row)
    }
    for (const line of table.print(actors)) t.comment(line)
  })

  t.test('sockets: every verb', async t => {
    const table = new Table()
    const verbs = new Set<string>()

    /** Asks as every actor; the code of the error, or `ok`. */
    async function ask (row: string, type: string, payloadFor: (actor: Actor) => Promise<object | undefined> | object | undefined, answers: (actor: Actor) => string): Promise<void> {
      verbs.add(type)
      const expectedOf = (actor: Actor) => isNobody(actor) ? 'BLF_UNAUTHENTICATED' : answers(actor)
      for (const { actor, made, isToBeRefused } of await refusedFirst(actor => expectedOf(actor) !== 'ok', async actor => await payloadFor(actor))) {
        const payload = await made()
        const frame = { id: `${row} ${actor}`.replace(/[^\w]/g, '-'), type, ...(payload ? { payload } : {}) }
        const before = isToBeRefused && await stateOf(app)
        let found: string
        if (actor === 'anonymous') {
          const socket = await connect(actor)
          socket.socket.once('open', () => socket.send(frame))
          found = (await socket.next('error')).payload.code
          t.equal((await socket.closed).code, 4401)
        } else if (isNobody(actor)) {
          found = (await refusal(`${base}/ws/notifications`, { headers: headersOf(actor) })).body.code
        } else {
          const answer = await listening.get(actor)!.ask(frame)
          found = answer.type === 'error' ? answer.payload.code : 'ok'
        }
        table.add({ row, actor, expected: expectedOf(actor), found, changed: isToBeRefused && found !== 'ok' && await stateOf(app) !== before })
      }
      t.same(table.wrong(row), [], row)
    }

    const isUser = (actor: Actor) => (users as readonly Actor[]).includes(actor)
    for (const type of ['ping', 'subscribe', 'unsubscribe']) {
      await ask(type, type, () => type === 'ping' ? undefined : { topics: ['*'] }, () => 'ok')
      await ask('subscribe to everything again', 'subscribe', () => ({ topics: ['*'] }), () => 'ok')
    }
    await ask('auth as oneself', 'auth', actor => ({ token: actor === 'anonymous' ? 'none' : credentials[actor] }), () => 'ok')
    await ask('auth as another', 'auth', actor => ({ token: actor === 'anonymous' ? 'none' : mint(actor === 'root' ? people.bob : people.root) }), () => 'BLF_FORBIDDEN')
    await ask('auth with a revoked key', 'auth', () => ({ token: credentials['revoked key'] }), () => 'BLF_UNAUTHENTICATED')
    for (const type of ['read', 'unread', 'delete', 'archive', 'unarchive', 'restore']) {
      const inA = ['bob', 'alice']
      // Only what was deleted can be restored.
      const sent = async (audience: Parameters<typeof newNotification>[1], scope: string | null, readers: string[]) => {
        const id = await newNotification(app, audience, 'user:root', scope)
        if (type === 'restore') for (const reader of readers) await app.store.mark(reader, 'delete', [id])
        return { ids: [id] }
      }
      await ask(`${type}, sent to company A`, type,
        async () => await sent({ companies: ['company_a'] }, 'company_a', inA),
        actor => inA.includes(actor) ? 'ok' : isUser(actor) ? 'BLF_NOTIFICATION_NOT_FOUND' : 'BLF_FORBIDDEN')
      await ask(`${type}, sent to one user`, type,
        async () => await sent({ users: ['carol'] }, null, ['carol']),
        actor => actor === 'carol' ? 'ok' : isUser(actor) ? 'BLF_NOTIFICATION_NOT_FOUND' : 'BLF_FORBIDDEN')
    }
    await ask('acknowledge what was sent to one user', 'acknowledge',
      async () => ({ ids: [await newNotification(app, { users: ['carol'] }, 'user:root', null)] }),
      actor => actor === 'carol' ? 'ok' : isUser(actor) ? 'BLF_NOTIFICATION_NOT_FOUND' : 'BLF_FORBIDDEN')
    await ask('seen', 'seen', async () => ({ cursor: formatCursor(app.store.epoch, await app.store.head()) }), actor => isUser(actor) ? 'ok' : 'BLF_FORBIDDEN')
    await ask('ack without a device', 'ack', async () => ({ cursor: formatCursor(app.store.epoch, await app.store.head()) }), actor => isUser(actor) ? 'BLF_ACK_INVALID' : 'BLF_FORBIDDEN')
    await ask('act on what was sent to one user', 'act',
      async () => ({ id: await newNotification(app, { users: ['carol'] }, 'user:root', null), action: 'track' }),
      actor => actor === 'carol' ? 'BLF_ACTION_NOT_FOUND' : isUser(actor) ? 'BLF_NOTIFICATION_NOT_FOUND' : 'BLF_FORBIDDEN')
    await ask('read_all', 'read_all', () => undefined, actor => isUser(actor) ? 'ok' : 'BLF_FORBIDDEN')
    for (const [about, audience, who] of audiences) {
      await ask(`send ${about}`, 'send', () => ({ ...hello, ...(audience ? { audience } : {}) }), actor => who.includes(actor) ? 'ok' : 'BLF_FORBIDDEN')
    }
    t.same([...verbs].sort(), Object.keys(clientFrames).sort(), 'each verb has its rows')
    for (const line of table.print(actors)) t.comment(line)
  })

  t.test('HEAD answers as GET does', async t => {
    for (const { request } of rows.filter(({ operation }) => /^(get|list|count)/.test(operation))) {
      const { url } = await request(app)
      for (const actor of ['anonymous', 'bob', 'root'] as const) {
        const [head, get] = await Promise.all((['HEAD', 'GET'] as const).map(method => app.inject({ method, url, headers: headersOf(actor) })))
        t.equal(head!.statusCode, get!.statusCode, `${actor}: ${url}`)
        t.equal(head!.body, '')
      }
    }
  })

  t.test('what is one company\'s, the other never heard', async t => {
    await canaries()
    for (const subscriber of listening.values()) await subscriber.settled()
    for (const actor of strangersToB) t.notOk(heard[actor].includes(CANARY_B), `${actor}: nothing of company B`)
    for (const actor of strangersToA) t.notOk(heard[actor].includes(CANARY_A), `${actor}: nothing of company A`)
    for (const actor of ['bob', 'alice', 'key inbox:read'] as const) t.ok(heard[actor].includes(CANARY_A), `${actor} hears of company A`)
    for (const actor of ['carol', 'dave', 'key inbox:read'] as const) t.ok(heard[actor].includes(CANARY_B), `${actor} hears of company B`)
  })
})
