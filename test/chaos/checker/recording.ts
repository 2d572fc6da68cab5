import { random } from '../../random.ts'
import { within } from '../../within.ts'
import { moveOwn } from '../clients/acting.ts'
import type { ClientSubscriber } from '../clients/client.ts'
import type { Journal, Outcome, Publication } from '../journal.ts'
import { hasMail } from '../mails/mutations.ts'
import { DIGESTED, MAILED } from '../mails/mails.ts'
import { members, UNMUTED, type News } from '../people.ts'
import { hasPushes } from '../pushes/mutations.ts'
import { PUSH_AFTER_MS, PUSHING } from '../quick/quick.ts'
import { mustBeReminded } from '../receipts/checker/demands.ts'
import { hasReceipts } from '../receipts/mutations.ts'
import { devices } from '../scenarios/devices.ts'
import { hasCalls } from '../webhooks/mutations.ts'
import { polled } from '../waiting.ts'
import { World } from '../world.ts'
import { gotAsJoined, hasMoves, toldOfMove } from './move-mutations.ts'
import { hasEverything, isSomewhere } from './places.ts'
import { hasScreens, lastUndo, resumed, revised } from './screen-mutations.ts'
import { hasStates } from './state-mutations.ts'

const user = members.find(({ id }) => id === 'company_a.one')!
const all = { all: true } as const
/** How often something is tried that a cut of a line may spoil. */
const TRIES = 50
/** How long an ack may take before its line may have been cut, milliseconds. */
const ACK_MS = 2_000

/** The journal of a real run, without a fault, in which there is something for every mutation: what chance may not bring is done in the end. */
export async function record (): Promise<Journal> {
  const world = new World(random(7), PUSHING)
  try {
    world.readers.isOn = true
    world.hooks.isOn = true
    world.pushes.isOn = true
    world.mails.isOn = true
    await devices(world, { messages: 60, kills: 0, finish: async () => { await new Script(world).play() } })
  } finally {
    await world.dispose()
  }
  const { journal } = world
  for (const has of [hasEverything, hasMoves, hasStates, hasScreens, hasReceipts, hasCalls, hasPushes, hasMail]) if (!has(journal)) throw new Error(`the recorded run has not what ${has.name} looks for`)
  return journal
}

/** What has to happen for every mutation to have something to change. */
class Script {
  readonly #world: World

  constructor (world: World) {
    this.#world = world
  }

  async play (): Promise<void> {
    const { journal } = this.#world
    const [client] = this.#world.clients as ClientSubscriber[]
    await this.#askReaders()
    await this.#readInTime()
    await this.#mail()
    // They are published while the rest goes on.
    await this.#send({ audience: all, sendIn: 1_000 })
    for (const isCancelled of [false, true]) await this.#changePlan(isCancelled)
    await this.#send({ audience: { companies: ['company_a'] } })
    for (let count = 0; count < 2; count++) await this.#send({ audience: all, replaceKey: 'script' })
    const recalled = await this.#send({ audience: { users: [user.id] } })
    await this.#world.recall(recalled.id)
    await this.#editTwice()
    await within(client!.until(() => revised(journal) !== undefined), 'an edit on the screen')
    await this.#changeStates()
    await this.#moveGuest()
    await this.#again(() => lastUndo(journal) >= 0, () => moveOwn(this.#world, client!, journal.hidden.get(user.id)!))
    await this.#again(() => resumed(journal) !== undefined, async () => {
      client!.cut()
      await within(client!.reached(await this.#reach()), 'the client')
    })
    // The newest of all are nobody's own, and never touched.
    for (let count = 0; count < 8; count++) await this.#reach()
    await this.#again(() => isSomewhere(journal), async () => { await this.#reach() })
  }

  async #again (isThere: () => boolean, work: () => Promise<void>): Promise<void> {
    for (let tries = 0; !isThere(); tries++) {
      if (tries === TRIES) throw new Error(`tried ${TRIES} times for ${String(isThere)}`)
      await work()
    }
  }

  async #send (news: News): Promise<{ publication: Publication, id: string, outcome: Outcome }> {
    const publication = this.#world.compose(news)
    return { publication, id: publication.id, outcome: await this.#world.publish(publication) }
  }

  /** Sends something, and something to all, and waits until every device, socket and stream has got that far; its cursor. */
  async #reach (news?: News): Promise<string> {
    if (news) await this.#send(news)
    const { outcome } = await this.#send({ audience: all, topic: UNMUTED })
    const { cursor } = outcome as Extract<Outcome, { status: 'accepted' }>
    await within(Promise.all(this.#world.subscribers.map(subscriber => subscriber.reached(cursor))), 'all subscribers')
    return cursor
  }

  /** On a busy machine a plan may be published before its change comes. */
  async #changePlan (isCancelled: boolean): Promise<void> {
    let plan: Publication | undefined
    await this.#again(() => plan?.changes[0]?.outcome === 'accepted', async () => {
      plan = (await this.#send({ audience: all, sendIn: 1_000 })).publication
      await this.#world.replan(plan, isCancelled)
    })
  }

  /** An edit whose answer did not come has no cursor. */
  async #editTwice (): Promise<void> {
    let edits: Publication['edits'] = []
    await this.#again(() => edits.length > 0 && edits.every(({ outcome }) => outcome.status === 'accepted' && outcome.cursor !== undefined), async () => {
      const { publication } = await this.#send({ audience: all, topic: UNMUTED });
      ({ edits } = publication)
      for (let count = 0; count < 2; count++) await this.#world.edit(publication)
    })
  }

  /** Somebody mutes both topics; something must be acknowledged, and is not; something else is; a device says that it has it. */
  async #askReaders (): Promise<void> {
    const { readers, subscribers } = this.#world
    const demand = () => ({ by: Date.now() + 2_500, isReminded: true, escalateTo: 'root' })
    const { publications } = this.#world.journal
    // On a busy machine it may be sent too late to be reminded of.
    await this.#again(() => [...publications.values()].some(({ demand, outcomes }) => demand && mustBeReminded(demand) && outcomes.some(({ status }) => status === 'accepted')), async () => {
      await this.#send({ audience: { users: ['erin', 'company_a.boss', 'company_b.one'] }, topic: 'bills', demand: demand() })
    })
    const done = await this.#send({ audience: { users: ['erin'] }, demand: { ...demand(), by: Date.now() + 60_000 } })
    await readers.acknowledge(done.publication, 'erin')
    for (const topic of ['news', 'bills']) await readers.mute('company_a.two', topic, 'off')
    readers.reportable.add((await this.#send({ audience: all, topic: 'news' })).id)
    const boss = subscribers.find(({ log }) => log.name === 'company_a.boss')!
    let has = false
    await this.#again(() => has, async () => {
      await this.#reach()
      boss.cut()
      const { id } = await this.#send({ audience: all })
      readers.reportable.add(id)
      has = await within(boss.until(() => boss.hasAcked(id)), 'an ack', ACK_MS).then(() => true, () => false)
    })
  }

  /** Somebody reads something long before it would be pushed; on a busy machine it may take too long. */
  async #readInTime (): Promise<void> {
    const { journal, pushes } = this.#world
    await this.#again(() => journal.reads.some(({ id, status, at }) => status === 200 && at < journal.publications.get(id)!.askedAt! + PUSH_AFTER_MS / 2), async () => {
      const { id } = await this.#send({ audience: { users: ['erin'] } })
      await pushes.read(id, members.find(member => member.id === 'erin'))
    })
  }

  /** Something is read, and something recalled, before it is mailed; what is mailed is edited, and comes in twos; some mails are not taken, and some refused for good. */
  async #mail (): Promise<void> {
    const { journal, mails } = this.#world
    const letter = async (audience: News['audience'] = all, topic = MAILED) => (await this.#send({ audience, topic })).publication
    const erin = members.find(({ id }) => id === 'erin')!
    const isMailed = ({ id }: Publication) => journal.mail.letters.some(({ items }) => items.some(item => item.id === id))
    // Each round waits for its mails: what is gone by then is in none, and what is sent next is in others.
    await this.#again(() => hasMail(journal), async () => {
      await mails.recall(await letter())
      for (const topic of [MAILED, DIGESTED]) await mails.read(await letter({ users: ['erin'] }, topic), erin)
      await letter({ companies: ['company_b'] })
      const edited = await letter()
      await this.#world.edit(edited)
      await mails.mute('off')
      await letter(all, DIGESTED)
      await mails.mute('on')
      const ends = [await letter(), await letter(all, DIGESTED)]
      await polled('the mails', async () => ends.every(isMailed))
      await mails.bouncer.act()
    })
  }

  async #changeStates (): Promise<void> {
    const { journal } = this.#world
    const ask = (method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object) => this.#world.ask({ method, path: `/api/notifications/${path}`, member: user, ...(body ? { body } : {}) })
    const [acted, archived, deleted] = [await this.#send({ audience: all }), await this.#send({ audience: all }), await this.#send({ audience: all })]
    for (const { id } of [archived, deleted]) journal.hidden.get(user.id)!.add(id)
    await ask('POST', 'seen', { cursor: await this.#reach() })
    await ask('PUT', `${acted.id}/read`)
    const { body } = await ask('POST', `${acted.id}/actions/accept`)
    journal.acts.push({ user: user.id, id: acted.id, action: body.action, at: body.at })
    await ask('PUT', `${archived.id}/archive`)
    await ask('DELETE', deleted.id)
  }

  /** Somebody joins a group and leaves it, and joins it for good. */
  async #moveGuest (): Promise<void> {
    const { guests, journal } = this.#world
    const issue = { groups: ['issue'] }
    const move = async (isMember: boolean) => this.#again(() => journal.moves.at(-1)?.group === 'issue' && journal.moves.at(-1)!.isMember === isMember, () => guests.move('issue'))
    await move(true)
    await move(false)
    await this.#reach({ audience: issue })
    await this.#send({ audience: issue, lateJoiners: true })
    await move(true)
    await this.#again(() => gotAsJoined(journal) !== undefined && toldOfMove(journal) !== undefined, async () => {
      await this.#reach({ audience: issue })
      if (toldOfMove(journal)) return
      await move(false)
      await move(true)
    })
  }
}
