import type { Random } from '../random.ts'
import type { Answer } from './api.ts'
import type { Journal } from './journal.ts'
import { groups, members, type Member } from './people.ts'
import type { Asking } from './requests.ts'

const COMPANIES = ['company_a', 'company_b', null]

interface Guest { member: Member, company: string | null, groups: Set<string>, isMoving: boolean }

/** Moves guests between companies, and into and out of groups: each of them one move at a time. */
export class Guests {
  readonly #guests: Guest[] = members.filter(({ moves }) => moves).map(member => ({ member, company: member.company, groups: new Set(member.groups), isMoving: false }))
  readonly #random: Random
  readonly #journal: Journal
  readonly #ask: (asking: Asking) => Promise<Answer>

  constructor (random: Random, journal: Journal, ask: (asking: Asking) => Promise<Answer>) {
    this.#random = random
    this.#journal = journal
    this.#ask = ask
  }

  /** Moves somebody who is not just moving, if there is one; into or out of this group, if it is named. */
  async move (group?: string): Promise<void> {
    const idle = this.#guests.filter(({ isMoving }) => !isMoving)
    if (idle.length === 0) return
    const guest = group === undefined ? this.#random.pick(idle) : idle[0]!
    guest.isMoving = true
    const { id: user } = guest.member
    const { asking, ...move } = group === undefined && this.#random.oneIn(3) ? this.#toCompany(guest) : this.#intoGroup(guest, group)
    const after = await this.#head()
    const askedAt = Date.now()
    const { status } = await this.#ask(asking)
    this.#journal.moves.push({ user, after, until: await this.#head(), askedAt, doneAt: Date.now(), status, ...move })
    guest.isMoving = false
  }

  #toCompany (guest: Guest): { asking: Asking, company: string | null } {
    const company = guest.company = this.#random.pick(COMPANIES.filter(other => other !== guest.company))
    return { asking: { method: 'PATCH', path: `/api/users/${guest.member.id}`, body: { company } }, company }
  }

  #intoGroup ({ member: { id }, groups: own }: Guest, group = this.#random.pick(Object.keys(groups))): { asking: Asking, group: string, isMember: boolean } {
    const isMember = !own.has(group)
    if (isMember) own.add(group)
    else own.delete(group)
    return { asking: { method: 'PUT', path: `/api/groups/${group}/members`, body: { [isMember ? 'add' : 'remove']: [id] } }, group, isMember }
  }

  /** The newest cursor of the log. */
  async #head (): Promise<string> {
    return (await this.#ask({ method: 'GET', path: '/api/notifications/me/unread-count' })).body.cursor
  }
}
