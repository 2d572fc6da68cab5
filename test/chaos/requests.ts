import type { Membership } from '../../src/log/audience.ts'
import type { Answer, Call } from './api.ts'
import type { Outcome, PlanChange, Publication } from './journal.ts'

/** A request of somebody's; the platform admin's, unless said. */
export type Asking = Omit<Call, 'token'> & { member?: Membership }

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

function lifeOf ({ replaceKey, sendAt, lateJoiners }: Publication): object {
  return {
    actions: ACTIONS.map(id => ({ id, label: id })),
    ...(lateJoiners ? { late_joiners: true, expires_at: EXPIRY } : {}),
    ...(replaceKey === undefined ? {} : { replace_key: replaceKey }),
    ...(sendAt === undefined ? {} : { send_at: new Date(sendAt).toISOString() })
  }
}
