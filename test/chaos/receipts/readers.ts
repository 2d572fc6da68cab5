import type { Random } from '../../random.ts'
import type { Answer } from '../api.ts'
import type { Journal, Publication } from '../journal.ts'
import { members, root, someNews, type Member, type News } from '../people.ts'
import type { Asking } from '../requests.ts'
import { polled } from '../waiting.ts'
import { COUNTED, type RecipientLog } from './journal.ts'

/** Who mutes topics, and lifts it again. */
const MUTING = ['company_a.two', 'company_b.boss', 'company_b.two']
/** To whom it is told what nobody acknowledged. */
const ON_DUTY = root
/** Who mutes nothing, and is asked each time. */
const ALWAYS = 'company_a.one'
/** Of notifications that must not be acknowledged, how many are reported on at the end. */
const REPORTED = 15
/** Of the first publications, what must be acknowledged: it is over long before the end. */
const FIRST = 60

/** Readers who mute and acknowledge, and what is reported of them. */
export class Readers {
  /** Whether they do anything. */
  isOn = false
  /** What is reported on in any case. */
  readonly reportable = new Set<string>()
  readonly #random: Random
  readonly #journal: Journal
  readonly #ask: (asking: Asking) => Promise<Answer>
  readonly #muting = members.filter(({ id }) => MUTING.includes(id)).map(member => ({ member, off: new Set<string>(), isBusy: false }))

  constructor (random: Random, journal: Journal, ask: (asking: Asking) => Promise<Answer>) {
    this.#random = random
    this.#journal = journal
    this.#ask = ask
  }

  /** Something to publish: one in four of the first ones must be acknowledged. */
  news (): News {
    const { publications: { size } } = this.#journal
    return this.isOn && size < FIRST && size % 4 === 3 ? this.owed() : someNews(this.#random)
  }

  /** Something that must be acknowledged soon: always by somebody who mutes nothing, never by who is told in the end. */
  owed (): News {
    const demand = { by: Date.now() + 1_200 + this.#random.integer(1_000), isReminded: this.#random.oneIn(2), escalateTo: ON_DUTY.id }
    const others = members.filter(({ id }) => ![ALWAYS, ON_DUTY.id].includes(id)).map(({ id }) => id)
    return { audience: { users: [ALWAYS, ...this.#random.some(others)] }, demand }
  }

  /** Now and then somebody changes what they mute, or acknowledges something. */
  async act (): Promise<void> {
    if (!this.isOn || !this.#random.oneIn(10)) return
    if (this.#random.oneIn(2)) await this.mute()
    else await this.acknowledge()
  }

  /** Somebody changes what they mute; or this user does, of this topic, to this. */
  async mute (user?: string, topic = this.#random.pick(['news', 'bills']), to?: 'on' | 'off'): Promise<void> {
    const reader = this.#muting.find(({ isBusy, member }) => !isBusy && (user ?? member.id) === member.id)
    if (!reader) return
    const { member, off } = reader
    reader.isBusy = true
    const inbox = to ?? (off.has(topic) ? 'on' : 'off')
    const after = await this.#head()
    const askedAt = Date.now()
    const { status, body } = await this.#ask({ method: 'PATCH', path: '/api/preferences/me', member, body: { topics: { [topic]: { inbox } } } })
    if (inbox === 'on') off.delete(topic)
    else off.add(topic)
    this.#journal.mutes.push({ user: member.id, topic, inbox, after, until: body.cursor ?? after, status, askedAt, doneAt: Date.now() })
    // Each in turn.
    this.#muting.push(...this.#muting.splice(this.#muting.indexOf(reader), 1))
    reader.isBusy = false
  }

  /** Every third is acknowledged by nobody. */
  async acknowledge (publication?: Publication, user?: string): Promise<void> {
    const owed = publication ? [publication] : this.#owed().filter(publication => !mustEscalate(publication))
    if (owed.length === 0) return
    const { id, audience } = this.#random.pick(owed)
    user ??= this.#random.pick(audience.users!)
    const { status, body } = await this.#ask({ method: 'PUT', path: `/api/notifications/${id}/acknowledge`, member: memberOf(user!) })
    this.#journal.acknowledgements.push({ user: user!, id, status, at: Date.now(), ...(status === 200 ? { late: body.late, cursor: body.cursor } : {}) })
  }

  /** Waits until it is told of all that somebody certainly did not acknowledge; what never is, is for the checker to tell. */
  async settled (): Promise<void> {
    const isTold = async (id: string) => (await this.#ask({ method: 'GET', path: `/api/notifications/me/${id}.escalation`, member: ON_DUTY })).status === 200
    for (const { id } of this.#owed().filter(publication => this.#isOutstanding(publication))) {
      await polled(`the escalation of ${id}`, async () => await isTold(id)).catch(() => {})
    }
  }

  /** Whether somebody who mutes nothing has never tried to acknowledge it. */
  #isOutstanding ({ id, audience }: Publication): boolean {
    const tried = this.#journal.acknowledgements.filter(acknowledgement => acknowledgement.id === id).map(({ user }) => user)
    return audience.users!.some(user => !MUTING.includes(user) && !tried.includes(user))
  }

  /** Reads reports on all that must be acknowledged, and on some of the rest. */
  async report (): Promise<void> {
    if (!this.isOn) return
    const accepted = [...this.#journal.publications.values()].filter(isAccepted)
    const rest = accepted.filter(({ demand }) => !demand)
    const chosen = rest.filter(({ id }, index) => this.reportable.has(id) || index % Math.ceil(rest.length / REPORTED) === 0)
    this.#journal.reports = []
    for (const { id } of [...this.#owed(), ...chosen]) {
      const at = Date.now()
      const { status, body: { items } } = await this.#ask({ method: 'GET', path: `/api/reports/${id}/users?limit=200` })
      if (status !== 200) continue
      const { body } = await this.#ask({ method: 'GET', path: `/api/reports/${id}` })
      const counts = Object.fromEntries(COUNTED.map(name => [name, body[name]])) as Record<typeof COUNTED[number], number>
      this.#journal.reports.push({ id, at, counts, users: (items as RecipientLog[]) })
    }
  }

  #owed (): Publication[] {
    return [...this.#journal.publications.values()].filter(publication => publication.demand && isAccepted(publication))
  }

  async #head (): Promise<string> {
    return (await this.#ask({ method: 'GET', path: '/api/notifications/me/unread-count' })).body.cursor
  }
}

const isAccepted = ({ outcomes }: Publication) => outcomes.some(({ status }) => status === 'accepted')
/** Nobody acknowledges it. */
const mustEscalate = ({ id }: Publication) => Number(id.slice(1)) % 12 === 3
const memberOf = (user: string): Member => members.find(({ id }) => id === user)!
