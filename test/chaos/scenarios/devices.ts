import type { Audience } from '../../../src/log/audience.ts'
import type { Random } from '../../random.ts'
import { crowd } from '../crowd.ts'
import type { Ask } from '../journal.ts'
import { members, someTime } from '../people.ts'
import type { Subscriber } from '../subscriber.ts'
import type { World } from '../world.ts'

export interface DevicesOptions { publishers?: number, messages?: number, kills?: number }

const user = members.find(({ id }) => id === 'company_a.one')!
const RECENT = 30
const audiences: Audience[] = [
  { users: [user.id] }, { users: [user.id] }, { companies: ['company_a'] }, { all: true }, { groups: ['project', 'order'] }, { all: true, not: { users: ['erin'] } }
]

/** Three devices of one user, and REST, all change what is read, while it grows, by plan too, is edited, replaced and recalled, and lines are cut. */
export async function devices (world: World, { publishers = 8, messages = 1_000, kills = 1 }: DevicesOptions = {}): Promise<void> {
  const { random, journal } = world
  await world.begin()
  const base = await world.inbox(user)
  const cutAfter = () => random.oneIn(4) ? undefined : random.integer(120)
  const all = ['phone', 'laptop', 'tablet'].map(name => world.subscribe({ name, member: user, base, cutAfter }))
  // It only looks on: what it has is the log and nothing of its own.
  world.subscribe({ name: 'watch', member: user, base })
  for (const member of members) world.subscribe({ name: member.id, member, cutAfter })
  journal.deletes.set(user.id, new Set())

  let left = messages
  const recent: string[] = []
  const publishing = crowd(publishers, () => left-- <= 0, async () => {
    const audience = random.pick(audiences)
    const { id, outcome } = await world.send({ news: { audience, ...(random.oneIn(6) ? { replaceKey: 'likes' } : {}), ...someTime(random) } })
    if (outcome.status === 'accepted') recent.push(id)
    if (recent.length > RECENT) recent.shift()
    if (outcome.status === 'accepted' && random.oneIn(30)) await world.recall(id)
  })
  const isOver = () => left <= 0
  let count = 0
  const acting = all.map(device => crowd(2, isOver, () => actOnSocket(world, device, `${count++}`, recent)))
  const calling = crowd(2, isOver, () => actOnRest(world, random, recent))
  const killing = async () => {
    for (let count = 0; count < kills; count++) {
      await world.accepted(Math.floor(messages / (kills + 2)))
      await world.crash()
    }
  }
  await Promise.all([publishing, ...acting, calling, killing()])
  await world.settle()
}

async function actOnSocket ({ random, journal }: World, device: Subscriber, id: string, recent: string[]): Promise<void> {
  await device.until(() => recent.length > 0 && (device.connection?.frames.length ?? 0) > 0 && device.connection!.closed === undefined)
  const connection = device.connection!
  const ask: Ask = { verb: random.oneIn(12) ? 'read_all' : random.pick(['read', 'read', 'unread', 'unread', 'delete']) }
  if (ask.verb === 'read_all' && random.oneIn(2) && device.cursor !== undefined) ask.before = device.cursor
  const ids = ask.verb === 'delete' ? [random.pick(recent)] : random.some(recent.slice(-4))
  if (ask.verb === 'delete') journal.deletes.get(user.id)!.add(ids[0]!)
  const payload = ask.verb !== 'read_all' ? { ids } : ask.before === undefined ? {} : { before: ask.before }
  const isSent = device.send(id, { type: ask.verb, payload }, ask)
  await device.until(() => connection.closed !== undefined || (isSent && connection.frames.some(({ replyTo }) => replyTo === id)))
}

async function actOnRest (world: World, random: Random, recent: string[]): Promise<void> {
  if (recent.length === 0) await world.accepted(1)
  const id = random.pick(recent)
  switch (random.integer(8)) {
    case 0:
      world.journal.deletes.get(user.id)!.add(id)
      await world.ask({ method: 'DELETE', path: `/api/notifications/${id}`, member: user })
      break
    case 1: await world.ask({ method: 'POST', path: '/api/notifications/read-all', body: {}, member: user }); break
    case 2: await world.ask({ method: 'POST', path: '/api/notifications/read-all', body: { topic: 'news' }, member: user }); break
    default: await world.ask({ method: 'PUT', path: `/api/notifications/${id}/${random.pick(['read', 'unread'])}`, member: user })
  }
}
