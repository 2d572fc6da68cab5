import type { Membership } from '../../src/log/audience.ts'
import type { Random } from '../random.ts'
import type { Answer } from './api.ts'
import { placeOf } from './checker/truth.ts'
import type { Client } from './clients/client-log.ts'
import { ClientSubscriber, type ClientOptions } from './clients/client.ts'
import { emptyJournal, type Edit, type Inbox, type Journal, type Outcome, type PlanChange, type Publication, type View } from './journal.ts'
import { Guests } from './moves.ts'
import { groups, members, UNMUTED, type Member, type News } from './people.ts'
import { Asker, hasPlan, isLate, planChangeOf, outcomeOf, readInbox, readPlans, requestOf, sendOf, type Asking } from './requests.ts'
import { Mails } from './mails/mails.ts'
import { Pushes } from './pushes/pushes.ts'
import { Readers } from './receipts/readers.ts'
import { Hooks } from './webhooks/hooks.ts'
import { Proxy } from '../services/proxy.ts'
import { scope } from '../services/scope.ts'
import { within } from '../within.ts'
import { ServerProcess, type ServerOptions } from './server.ts'
import { Subscriber, type SubscriberOptions } from './subscriber.ts'
import { polled } from './waiting.ts'

const VIEWS: View[] = ['archived', 'deleted', 'active']

/** One server, everybody who talks to it, and the journal of what they saw. */
export class World {
  readonly server: ServerProcess
  readonly random: Random
  readonly journal: Journal = emptyJournal(members)
  readonly subscribers: Subscriber[] = []
  /** Ours, which stand beside the subscribers. */
  readonly clients: Client[] = []
  kills = 0
  /** Requests of publishers that were cut. */
  cuts = 0
  #accepted = 0
  #waiting: { count: number, resolve: () => void }[] = []
  #published = 0
  readonly #asker: Asker
  readonly guests: Guests
  readonly readers: Readers
  readonly hooks: Hooks
  readonly pushes: Pushes
  readonly mails: Mails
  /** What ends with it. */
  readonly scope = scope()

  constructor (random: Random, server: ServerProcess | ServerOptions = {}) {
    this.random = random
    this.guests = new Guests(random, this.journal, asking => this.ask(asking))
    this.readers = new Readers(random, this.journal, asking => this.ask(asking))
    this.hooks = new Hooks(random, this.journal, asking => this.ask(asking), this.scope.t)
    this.pushes = new Pushes(random, this.journal, asking => this.ask(asking), this.scope.t)
    this.mails = new Mails(random, this.journal, this, this.scope.t)
    this.server = server instanceof ServerProcess ? server : new ServerProcess(server)
    this.#asker = new Asker(this.server)
  }

  /** Starts the server and lets it meet everybody, so that all inboxes begin here. */
  async begin (): Promise<void> {
    this.server.use(await this.mails.open())
    await this.server.start()
    for (const member of members) await this.ask({ method: 'GET', path: '/api/auth/me', member })
    for (const [group, add] of Object.entries(groups)) {
      await this.ask({ method: 'PUT', path: `/api/groups/${group}`, body: {} })
      await this.ask({ method: 'PUT', path: `/api/groups/${group}/members`, body: { add } })
    }
    for (const outsider of this.#outsiders) await outsider.begin()
  }

  /** Whoever gets what is sent outside of Belfry, and fails, hangs and comes back. */
  get #outsiders () {
    return [this.hooks, this.pushes, this.mails]
  }

  /** A request that is made again until it is answered. */
  async ask (asking: Asking): Promise<Answer> {
    return await this.#asker.ask(asking)
  }

  /** Another publication; its id is new. */
  compose ({ sendIn, ...news }: News = this.mails.news(() => this.readers.news())): Publication {
    const id = `m${this.#published++}`
    const sendAt = sendIn === undefined ? undefined : Date.now() + sendIn
    return { id, ...news, sendAt, title: `${id} is ${this.random.integer(1e9)}`, topic: news.topic ?? this.random.pick(['news', 'bills']), outcomes: [], changes: [], edits: [] }
  }

  /** Publishes something, and now and then edits it, changes what was planned, moves a guest, or lets a reader mute or acknowledge. */
  async send ({ cuts = 0, news }: { cuts?: number, news?: News } = {}): Promise<{ id: string, outcome: Outcome }> {
    const publication = this.compose(news)
    const outcome = await this.publish(publication, { cuts })
    for (let edits = this.random.oneIn(8) && !publication.demand ? 1 + this.random.integer(3) : 0; edits > 0 && outcome.status === 'accepted'; edits--) await this.edit(publication)
    if (outcome.status === 'planned' && this.random.oneIn(3)) await this.replan(publication)
    if (this.random.oneIn(25)) await this.guests.move()
    await this.readers.act()
    await this.mails.act()
    if (outcome.status === 'accepted') await this.pushes.act(publication.id)
    return { id: publication.id, outcome }
  }

  /** Publishes it, again and again until the outcome is known; `cuts`: how often to hang up first. */
  async publish (publication: Publication, { cuts = 0, message = publication.title } = {}): Promise<Outcome> {
    const { id } = publication
    this.journal.publications.set(id, publication)
    publication.askedAt ??= Date.now()
    const call = requestOf(publication, message)
    await this.#asker.retry(id, async () => {
      this.cuts += cuts > 0 ? 1 : 0
      const answer = await this.#asker.attempt({ ...call, isCut: cuts-- > 0 })
      const outcome: Outcome = answer?.status === 400 && isLate(publication) ? { status: 'late' } : outcomeOf(answer)
      publication.outcomes.push(outcome)
      return { answer, isDone: outcome.status !== 'unknown' }
    })
    const outcome = publication.outcomes.at(-1)!
    if (publication.demand) publication.demand.answeredAt ??= Date.now()
    if (outcome.status === 'accepted' || outcome.status === 'planned') this.#count()
    return outcome
  }

  /** Sends other content under the same id, which must be refused; a broadcast's is only a label. */
  async contradict (publication: Publication): Promise<void> {
    const answer = await this.ask(sendOf(publication, 'something else'))
    this.journal.conflicts.push({ id: publication.id, outcome: outcomeOf(answer) })
  }

  /** Gives it another title, as its next revision: a try whose answer did not come and that was stored is known by it. */
  async edit ({ id, edits }: Publication): Promise<void> {
    const { revision } = edits.at(-1) ?? { revision: 1 }
    const edit: Edit = { revision: revision + 1, title: `${id} is now ${this.random.integer(1e9)}`, outcome: { status: 'unknown' } }
    edits.push(edit)
    let isRepeated = false
    await this.#asker.retry(id, async () => {
      const answer = await this.#asker.attempt({ method: 'PATCH', path: `/api/broadcast/${id}`, body: { title: edit.title, revision } })
      const isDone = outcomeOf(answer).status !== 'unknown'
      if (isDone) edit.outcome = isRepeated && answer!.body.code === 'BLF_REVISION' ? { status: 'accepted' } : outcomeOf(answer)
      isRepeated = true
      return { answer, isDone }
    })
  }

  /** Changes a plan, to be published so many milliseconds later, or cancels it: unless it has been published meanwhile. */
  async replan ({ id, title, sendAt, changes }: Publication, isCancelled = this.random.oneIn(3), laterBy = 500 + this.random.integer(500)): Promise<void> {
    const change: PlanChange = { outcome: 'unknown', ...isCancelled ? {} : { title: `${title}, planned anew`, sendAt: sendAt! + laterBy } }
    changes.push(change)
    let isRepeated = false
    await this.#asker.retry(id, async () => {
      const answer = await this.#asker.attempt(planChangeOf(id, change))
      const { status } = outcomeOf(answer)
      // A refusal may be of a plan that an earlier try has changed or cancelled.
      if (status === 'accepted' || (status === 'refused' && !isRepeated)) change.outcome = status
      isRepeated = true
      return { answer, isDone: status !== 'unknown' }
    })
  }

  async recall (id: string): Promise<void> {
    const answer = await this.ask({ method: 'DELETE', path: `/api/broadcast/${id}` })
    // "Not found" is what a second try hears after a first one without an answer.
    this.journal.recalls.push({ id, outcome: answer.status === 200 || answer.status === 404 ? 'accepted' : 'refused', at: Date.now() })
  }

  /** Resolves when so many more publications are acknowledged. */
  accepted (more: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push({ count: this.#accepted + more, resolve })
    return promise
  }

  /** `kill -9`, and up again. */
  async crash (): Promise<void> {
    this.kills += 1
    this.journal.mayRepeat += 1
    await this.server.kill()
    await this.server.start()
  }

  subscribe (options: Omit<SubscriberOptions, 'server'> & { member: Member }): Subscriber {
    // Who moves has to fetch the inbox anew, again and again: what its sockets are sent is judged without it.
    const base = options.member.moves ? undefined : options.base
    const subscriber = new Subscriber({ ...options, base, server: this.server })
    this.subscribers.push(subscriber)
    this.journal.subscribers.push(subscriber.log)
    return subscriber
  }

  /** Our client as a subscriber, by a way of its own. */
  async follow (options: ClientOptions): Promise<ClientSubscriber> {
    const client = new ClientSubscriber(options, await Proxy.before(this.scope.t, () => this.server.port))
    this.join(client)
    return client
  }

  join (client: Client): void {
    this.clients.push(client)
    this.journal.subscribers.push(client.log)
  }

  async inbox (member: Membership, view: View = 'active'): Promise<Inbox> {
    return await readInbox(asking => this.ask(asking), member, view)
  }

  /**
   * Waits until everybody who stayed has everything, and reads all inboxes of that moment. A last
   * publication to all marks the end; should something have come after it, it was not the last.
   */
  async settle ({ afterCrash = false } = {}): Promise<void> {
    // Plans that never end are for the checker to tell.
    await this.readers.settled()
    await polled('all plans to be published', async () => !await hasPlan(asking => this.ask(asking))).catch(() => {})
    await Promise.all(this.#outsiders.map(async outsider => await outsider.settled(news => this.#mark(news))))
    const clients = this.clients.filter(({ log }) => !log.hasLeft)
    const staying = [...this.subscribers.filter(({ log }) => !log.hasLeft), ...clients]
    while (true) {
      const { cursor } = await this.#mark({ audience: { all: true }, topic: UNMUTED })
      this.journal.end = cursor
      // Who does not get there is for the checker to tell.
      await within(Promise.all(staying.map(subscriber => subscriber.reached(cursor))), 'all subscribers').catch(() => {})
      if (afterCrash) await this.crash()
      this.journal.plans = await readPlans(asking => this.ask(asking))
      this.journal.inboxes = []
      for (const member of members) for (const view of VIEWS) this.journal.inboxes.push(await this.inbox(member, view))
      await this.readers.report()
      await within(Promise.all(clients.map(client => client.settled())), 'all screens').catch(() => {})
      if (placeOf(this.journal.inboxes.at(-1)!.cursor) === placeOf(cursor)) break
    }
    for (const client of clients) client.isOver = true
  }

  /** Publishes something that marks an end. */
  async #mark (news: News): Promise<{ id: string, cursor: string }> {
    const publication = this.compose(news)
    const outcome = await this.publish(publication)
    if (outcome.status !== 'accepted') throw new Error(`one of the last publications was refused: ${JSON.stringify(outcome)}`)
    return { id: publication.id, cursor: outcome.cursor }
  }

  async dispose (): Promise<void> {
    for (const subscriber of [...this.subscribers, ...this.clients]) await subscriber.stop(subscriber.log.hasLeft).catch(() => {})
    this.#asker.close()
    await this.scope.end()
    await this.server.dispose()
  }

  #count (): void {
    this.#accepted += 1
    const ready = this.#waiting.filter(({ count }) => count <= this.#accepted)
    this.#waiting = this.#waiting.filter(({ count }) => count > this.#accepted)
    for (const { resolve } of ready) resolve()
  }
}
