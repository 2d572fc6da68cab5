import { fromLocal, namesIn, type Audience } from '../parts/words.ts'

/** What the form of a notification holds: the texts of its inputs. */
export interface Draft {
  title: string
  message: string
  priority: string
  topic: string
  url: string
  urgency: string
  expires: string
  send: string
  action: string
  actionUrl: string
}

export const EMPTY: Draft = { title: '', message: '', priority: 'info', topic: 'news', url: '', urgency: 'normal', expires: '', send: '', action: '', actionUrl: '' }

/** What is asked of readers: the field `acknowledge` of a send. */
export interface Acknowledge { by?: string, remind_every?: number, reminders?: number, escalate_to?: Audience }

/** The body of `POST /api/notifications/send`; what is empty is left out, and so is the id of a call that is only shown. */
export function bodyOf (draft: Draft, audience: Audience, id?: string, acknowledge?: Acknowledge): Record<string, unknown> {
  const { title, message, priority, topic, url, urgency, expires, send, action, actionUrl } = draft
  const optional = {
    url: url.trim() || undefined,
    urgency: urgency === 'normal' ? undefined : urgency,
    actions: action.trim() === '' ? undefined : [{ id: 'open', label: action.trim(), ...(actionUrl.trim() === '' ? {} : { url: actionUrl.trim() }) }],
    expires_at: fromLocal(expires),
    send_at: fromLocal(send),
    acknowledge,
    id
  }
  return { title, message, priority, topic, ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)), audience }
}

/** An id that makes a retry safe. `crypto.randomUUID` is only there on secure pages. */
export function newId (): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('')
}

/** What the form of `acknowledge` holds. */
export interface Demanded { isOn: boolean, by: string, every: string, reminders: string, escalates: boolean }
export const NO_DEMAND: Demanded = { isOn: false, by: '', every: '', reminders: '6', escalates: false }

/** What the fields ask for; undefined if it need not be acknowledged. */
export function demandOf ({ isOn, by, every, reminders, escalates }: Demanded, escalation: Audience | undefined): Acknowledge | undefined {
  if (!isOn) return undefined
  return {
    ...(by === '' ? {} : { by: fromLocal(by)! }),
    ...(every === '' ? {} : { remind_every: Number(every), reminders: Number(reminders) }),
    // To nobody yet: the server says that somebody is missing.
    ...(escalates ? { escalate_to: escalation ?? { users: [] } } : {})
  }
}

export type Kind = 'all' | 'companies' | 'roles' | 'users' | 'groups'

/** The texts of the fields; which of them count depends on the kind. */
export interface Fields { kind: Kind, companies: string, roles: string, users: string, groups: string, company: string, not: string }
export type ListName = 'companies' | 'roles' | 'users' | 'groups' | 'not'

/** The audience that the fields say; undefined while a field that it needs is empty. `own`: the company of a company admin. */
export function audienceOf ({ kind, company, ...texts }: Fields, own: string | undefined): Audience | undefined {
  const names = (list: ListName) => namesIn(texts[list])
  const but = names('not').length > 0 ? { not: { users: names('not') } } : {}
  const roles = names('roles')
  if (kind === 'all') return { all: true, ...but }
  if (kind === 'companies') {
    const companies = own === undefined ? names('companies') : [own]
    return companies.length > 0 ? { companies, ...(roles.length > 0 ? { roles } : {}), ...but } : undefined
  }
  if (names(kind).length === 0) return undefined
  const whose = kind === 'groups' ? own ?? company.trim() : ''
  return { [kind]: names(kind), ...(whose === '' ? {} : { company: whose }), ...but }
}
