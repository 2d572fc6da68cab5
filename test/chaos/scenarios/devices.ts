import type { Audience } from '../../../src/log/audience.ts'
import type { Random } from '../../random.ts'
import { crowd } from './crowd.ts'
import { actOnClient, moveOwn } from '../clients/acting.ts'
import type { Ask } from '../journal.ts'
import { members, root, someLateness, someTime } from '../people.ts'
import { ACTIONS } from '../requests.ts'
import type { Subscriber } from '../subscriber.ts'
import type { World } from '../world.ts'

export interface DevicesOptions {
  publishers?: number
  messages?: number
  kills?: number
  /** Done when everybody has done their part. */
  finish?: () => Promise<void>
}

const user = members.find(({ id }) => id === 'company_a.one')!
const RECENT = 30
const audiences: Audience[] = [
  { users: [user.id] }, { users: [user.id] }, { companies: ['company_a'] }, { all: true }, { groups: ['project', 'order'] }, { all: true, not: { users: ['erin'] } }
]

/** Three devices of one user, two clients of ours, and REST, all change what is read, archived, deleted, seen and chosen, while it grows, by plan too, is edited, replaced and recalled, and lines are cut. */
export async function devices (world: World, { publishers = 8, messages = 1_000, kills = 1, finish }: DevicesOptions = {}): Promise<void> {
  const { random, journal } = world
  await world.begin()
  const base = await world.inbox(user)
  const cutAfter = () => random.oneIn(4) ? undefined : random.integer(120)
  const all = ['phone', 'laptop', 'tablet'].map(name => world.subscribe({ name, member: user, base, cutAfter }))
  // They only look on: what they have is the log and nothing of its own.
  world.subscribe({ name: 'watch', member: user, base })
  world.subscribe({ name: 'stream', member: user, base, transport: 'sse', cutAfter })
  for (const member of members) world.subscribe({ name: member.id, member, cutAfter, isDevice: member.id !== root.id && !world.pushes.isFor(member) })
  const clients = [
    await world.follow({ name: 'client', member: user, cutAfter }),
    await world.follow({ name: 'client by stream', member: user, cutAfter, transport: 'sse' })
  ]
  const hidden = new Set<string>()
  journal.hidden.set(user.id, hidden)

  let left = messages
  const recent: string[] = []
  const publishing = crowd(publishers, () => left-- <= 0, async () => {
    const audience = random.pick(audiences)
    const { id, outcome } = await world.send({ news: { audience, ...(random.oneIn(6) ? { replaceKey: 'likes' } : {}), ...someTime(random), ...someLateness(random, { audience }) } })
    if (outcome.status === 'accepted') recent.push(id)
    if (recent.length > RECENT) recent.shift()
    if (outcome.status === 'accepted' && random.oneIn(30)) await world.recall(id)
  })
  const isOver = () => left <= 0
  let count = 0
  const acting = all.map(device => crowd(2, isOver, () => actOnSocket(world, device, `${count++}`, recent)))
  const moving = clients.flatMap(client => [
    crowd(1, isOver, async () => {
      if (recent.length === 0) await world.accepted(1)
      else await actOnClient(random, client, recent, hidden)
    }),
    crowd(1, isOver, () => moveOwn(world, client, hidden))
  ])
  const calling = crowd(2, isOver, () => actOnRest(world, random, recent))
  const killing = async () => {
    for (let count = 0; count < kills; count++) {
      await world.accepted(Math.floor(messages / (kills + 2)))
      await world.crash()
    }
  }
  await Promise.all([publishing, ...acting, ...moving, calling, killing()])
  // Chance may have brought none of these.
  for (let moves = 0; moves < 4; moves++) await world.guests.move()
  const plan = world.compose({ audience: { all: true }, sendIn: 10_000 })
  if ((await world.publish(plan)).status === 'planned') await world.replan(plan, true)
  await finish?.()
  await world.settle()
}

/** How often each is done. */
const VERBS: Ask['verb'][] = ['read', 'read', 'unread', 'unread', 'delete', 'restore', 'restore', 'archive', 'unarchive', 'seen', 'act', 'read_all']

async function actOnSocket ({ random, journal }: World, device: Subscriber, id: string, recent: string[]): Promise<void> {
  await device.until(() => recent.length > 0 && (device.connection?.frames.length ?? 0) > 0 && device.connection!.closed === undefined)
  const connection = device.connection!
  const { ask, payload } = someAsk(random, recent, device.cursor)
  if (ask.verb === 'delete' || ask.verb === 'archive') for (const hidden of payload.ids!) journal.hidden.get(user.id)!.add(hidden)
  const isSent = device.send(id, { type: ask.verb, payload }, ask)
  await device.until(() => connection.closed !== undefined || (isSent && connection.frames.some(({ replyTo }) => replyTo === id)))
}

/** What to ask for; `cursor`: the last one that the device got. */
function someAsk (random: Random, recent: string[], cursor: string | undefined): { ask: Ask, payload: { ids?: string[], [field: string]: unknown } } {
  const verb = random.pick(VERBS)
  switch (verb) {
    case 'read_all': return cursor !== undefined && random.oneIn(2) ? { ask: { verb, before: cursor }, payload: { before: cursor } } : { ask: { verb }, payload: {} }
    case 'seen': return cursor === undefined ? { ask: { verb: 'read' }, payload: { ids: recent.slice(-1) } } : { ask: { verb, cursor }, payload: { cursor } }
    case 'act': return { ask: { verb }, payload: { id: random.pick(recent), action: random.pick(ACTIONS) } }
    case 'delete': case 'archive': return { ask: { verb }, payload: { ids: [random.pick(recent)] } }
    case 'restore': case 'unarchive': return { ask: { verb }, payload: { ids: random.some(recent) } }
    default: return { ask: { verb }, payload: { ids: random.some(recent.slice(-4)) } }
  }
}

async function actOnRest (world: World, random: Random, recent: string[]): Promise<void> {
  if (recent.length === 0) await world.accepted(1)
  const id = random.pick(recent)
  const { journal } = world
  const hide = () => { journal.hidden.get(user.id)!.add(id) }
  const ask = (method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object) => world.ask({ method, path: `/api/notifications${path}`, member: user, ...(body ? { body } : {}) })
  switch (random.integer(12)) {
    case 0:
      hide()
      await ask('DELETE', `/${id}`)
      break
    case 1:
      hide()
      await ask('PUT', `/${id}/archive`)
      break
    case 2: await ask('POST', '/read-all', {}); break
    case 3: await ask('POST', '/read-all', { topic: 'news' }); break
    case 4: await ask('POST', '/mark', { as: random.pick(['restored', 'unarchived']), ids: random.some(recent) }); break
    case 5: await ask('POST', '/seen', { cursor: (await world.ask({ method: 'GET', path: '/api/notifications/me/unread-count', member: user })).body.cursor }); break
    case 6: {
      const { status, body } = await ask('POST', `/${id}/actions/${random.pick(ACTIONS)}`)
      if (status === 200) journal.acts.push({ user: user.id, id, action: body.action, at: body.at })
      break
    }
    default: await ask('PUT', `/${id}/${random.pick(['read', 'unread'])}`)
  }
}
