import { setTimeout as pause } from 'node:timers/promises'
import type { Membership } from '../../src/log/audience.ts'
import { Api, type Answer, type Call } from './api.ts'
import type { Inbox, InboxItem, Outcome, Plan, PlanChange, Publication, View } from './journal.ts'
import { root, tokenOf } from './people.ts'
import type { Demand } from './receipts/journal.ts'
import { DEADLINE_MS, type ServerProcess } from './server.ts'

/** A request of somebody's; the platform admin's, unless said. */
export type Asking = Omit<Call, 'token'> & { member?: Membership }

/** Makes a request until it is answered. */
type Ask = (asking: Asking) => Promise<Answer>

const PAGE = 200
const BACKOFF_MS = 10

/** Makes requests of a server that may be away for a while. */
export class Asker {
  readonly #api = new Api()
  readonly #server: ServerProcess

  constructor (server: ServerProcess) {
    this.#server = server
  }

  /** Until it is answered. */
  async ask (asking: Asking): Promise<Answer> {
    return await this.retry(asking.path, async () => {
      const answer = await this.attempt(asking)
      return { answer, isDone: answer !== undefined && answer.status < 500 }
    }) as Answer
  }

  /** Tries until it is done; a server that never gets there has failed the run. */
  async retry (what: string, attempt: () => Promise<{ answer: Answer | undefined, isDone: boolean }>): Promise<Answer | undefined> {
    const start = performance.now()
    while (true) {
      const { answer, isDone } = await attempt()
      if (isDone) return answer
      if (performance.now() - start > 2 * DEADLINE_MS) {
        throw new Error(`${what} has no outcome: ${JSON.stringify(answer ?? null)} ${this.#server.complaints.join('\n')}`)
      }
      await pause(BACKOFF_MS)
    }
  }

  /** Undefined if no answer came. */
  async attempt ({ member = root, ...call }: Asking): Promise<Answer | undefined> {
    const base = await this.#server.up()
    try {
      return await this.#api.call(base, { ...call, token: tokenOf(member) })
    } catch {
      return undefined
    }
  }

  close (): void {
    this.#api.close()
  }
}

/** A view of somebody's inbox, page by page. */
export async function readInbox (ask: Ask, member: Membership, view: View): Promise<Inbox> {
  const items: InboxItem[] = []
  let query = `&view=${view}`
  let first: Pick<Inbox, 'unread' | 'unseen' | 'cursor'> | undefined
  while (true) {
    const { status, body } = await ask({ method: 'GET', path: `/api/notifications/me?limit=${PAGE}${query}`, member })
    if (status !== 200) throw new Error(`the inbox of ${member.id} answers ${status}`)
    for (const { id, cursor, title, data, read, archived, acted, revision, replaces } of body.items) items.push({ id, cursor, title, topic: data.topic, args: data.args, read, archived, acted, revision, replaces })
    first ??= { unread: body.unread_count, unseen: body.unseen_count, cursor: body.cursor }
    // The pages after the first are older; what came since lies after the first one's cursor.
    if (body.next_before === null) return { user: member.id, view, items, ...first }
    query = `&view=${view}&before=${body.next_before}`
  }
}

export async function readPlans (ask: Ask, before = ''): Promise<Plan[]> {
  const { body } = await ask({ method: 'GET', path: `/api/scheduled?limit=${PAGE}${before}` })
  const plans = body.items.map(({ id, state, cursor }: Plan) => ({ id, state, cursor }))
  return body.next_before === null ? plans : [...plans, ...await readPlans(ask, `&before=${body.next_before}`)]
}

/** What an answer to a publication or an edit says of it. */
export function outcomeOf (answer: Answer | undefined): Outcome {
  if (answer?.status === 202) return { status: 'planned' }
  if (answer?.status === 200) return { status: 'accepted', cursor: answer.body?.cursor }
  // A fault of the server leaves open what it had done by then.
  return answer && answer.status < 500 ? { status: 'refused', code: answer.status } : { status: 'unknown' }
}

/** As a send, or where there is a broadcast of that kind, every other one as that. */
export function requestOf (publication: Publication, message: string): Asking {
  const { id, audience, title, topic } = publication
  const { companies = [], roles = [], groups = [], not } = audience
  const target = [...companies.map(company => `company/${company}`), ...roles.map(role => `role/${role}`), ...groups.map(group => `group/${group}`)].join('/')
  // The id of a planned broadcast is of no use to find the plan.
  const isSingle = [companies, roles, groups].every(({ length }) => length <= 1) && target !== '' && not === undefined
  const isBroadcast = isSingle && publication.sendAt === undefined && title.length % 2 === 0
  return isBroadcast
    ? { method: 'POST', path: `/api/broadcast/${target}`, body: { id, type: 'notification', payload: { title, message, type: 'info', data: { topic }, ...lifeOf(publication) } } }
    : sendOf(publication, message)
}

/** A change of a plan, or its end. */
export function planChangeOf (id: string, { title, sendAt }: PlanChange): Asking {
  const path = `/api/scheduled/${id}`
  return sendAt === undefined ? { method: 'DELETE', path } : { method: 'PATCH', path, body: { title, send_at: new Date(sendAt).toISOString() } }
}

export function sendOf (publication: Publication, message: string): Asking {
  const { id, audience, title, topic } = publication
  return { method: 'POST', path: '/api/notifications/send', body: { id, title, message, priority: 'info', topic, audience, ...lifeOf(publication) } }
}

/** What its readers may choose of every notification. */
export const ACTIONS = ['accept', 'decline']

/** Long after any run. */
const EXPIRY = new Date(Date.now() + 86_400_000).toISOString()

function acknowledgeOf ({ by, isReminded, escalateTo }: Demand): object {
  return { by: new Date(by).toISOString(), escalate_to: { users: [escalateTo] }, ...(isReminded ? { remind_every: 3_600, reminders: 2 } : {}) }
}

/** Whether the time that it was to be planned for, or until which it was to be acknowledged, is over: then it can be sent no more. */
export function isLate ({ sendAt = Infinity, demand }: Publication): boolean {
  return Date.now() >= Math.min(sendAt, demand?.by ?? Infinity)
}

export async function hasPlan (ask: Ask): Promise<boolean> {
  const { body } = await ask({ method: 'GET', path: '/api/scheduled?state=planned&limit=1' })
  return body.items.length > 0
}

function lifeOf ({ replaceKey, sendAt, lateJoiners, demand }: Publication): object {
  return {
    actions: ACTIONS.map(id => ({ id, label: id })),
    ...(lateJoiners ? { late_joiners: true, expires_at: EXPIRY } : {}),
    ...(replaceKey === undefined ? {} : { replace_key: replaceKey }),
    ...(sendAt === undefined ? {} : { send_at: new Date(sendAt).toISOString() }),
    ...(demand ? { acknowledge: acknowledgeOf(demand) } : {})
  }
}
