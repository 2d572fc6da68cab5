import type { Verb } from '../protocol/client-frames.ts'
import type { Membership } from '../log/audience.ts'
import { isPlatformAdmin, senderOf, type Actor } from './principal.ts'

/** The targets that a right covers: none, those the principal owns, those of its company, or any. */
type Reach = 'none' | 'own' | 'company' | 'any'

interface Rule {
  /** The action, as the end of the sentence "May …" in the API document. */
  to: string
  user: Reach
  companyAdmin: Reach
  platformAdmin: Reach
  key: Exclude<Reach, 'company'>
  /** Scopes that grant it to an API key; `<company>` stands for the company of the target. */
  scopes: readonly string[]
}

const ownOnly = { user: 'own', companyAdmin: 'own', platformAdmin: 'own', key: 'none', scopes: [] } as const
const anyUser = { user: 'any', companyAdmin: 'any', platformAdmin: 'any', key: 'none', scopes: [] } as const
const platformOnly = { user: 'none', companyAdmin: 'none', platformAdmin: 'any', key: 'none' } as const
const adminsOnly = { ...platformOnly, companyAdmin: 'company' } as const

/** Who may do what. The guards of routes and socket verbs check this table, and the API document is generated from it. */
export const rights = {
  'principal.see': { ...anyUser, key: 'any', to: 'see whose credentials these are, and log out' },
  'socket.open': { ...anyUser, key: 'any', to: 'open a socket' },
  'stream.open': { ...anyUser, to: 'open a stream' },
  'ticket.buy': { ...anyUser, to: 'get a ticket' },
  'account.change': { ...ownOnly, to: 'change their own password' },
  'inbox.use': { ...ownOnly, to: 'change their own inbox' },
  'inbox.read': { user: 'own', companyAdmin: 'company', platformAdmin: 'any', key: 'none', scopes: ['inbox:read'], to: 'read an inbox' },
  'send.all': { ...platformOnly, scopes: ['send:all'], to: 'send to everyone, or to a role everywhere' },
  'send.company': { ...adminsOnly, scopes: ['send:company:<company>', 'send:all'], to: 'send to a company, a role in it, or users of it' },
  recall: { user: 'own', companyAdmin: 'company', platformAdmin: 'any', key: 'own', scopes: [], to: 'recall a notification, and see and change one that is scheduled' },
  edit: { user: 'own', companyAdmin: 'company', platformAdmin: 'any', key: 'own', scopes: [], to: 'edit a notification' },
  remind: { user: 'own', companyAdmin: 'company', platformAdmin: 'any', key: 'own', scopes: [], to: 'remind those who have not acknowledged a notification' },
  'sent.read': { user: 'own', companyAdmin: 'company', platformAdmin: 'any', key: 'own', scopes: [], to: 'see what was sent' },
  'reports.read': { user: 'own', companyAdmin: 'company', platformAdmin: 'any', key: 'own', scopes: ['reports:read'], to: 'see who got a notification' },
  'users.manage': { ...adminsOnly, scopes: ['users:write'], to: 'manage users' },
  'groups.manage': { ...adminsOnly, scopes: ['groups:write', 'groups:write:<company>'], to: 'manage groups and their members' },
  'groups.join': { ...anyUser, to: 'join and leave an open group' },
  'topics.see': { ...adminsOnly, companyAdmin: 'any', scopes: ['topics:write'], to: 'see the operator\'s settings of topics' },
  'topics.manage': { ...adminsOnly, scopes: ['topics:write'], to: 'see and change settings of topics' },
  'preferences.read': { user: 'own', companyAdmin: 'company', platformAdmin: 'any', key: 'none', scopes: [], to: 'read preferences' },
  'preferences.change': { ...ownOnly, to: 'change their own preferences' },
  'push.use': { ...ownOnly, to: 'register and remove their own push subscriptions' },
  'sessions.manage': { user: 'own', companyAdmin: 'company', platformAdmin: 'any', key: 'none', scopes: ['users:write'], to: 'see and end sessions' },
  'events.read': { ...adminsOnly, scopes: ['events:read', 'events:read:<company>'], to: 'read the event feed' },
  'webhooks.manage': { ...adminsOnly, scopes: [], to: 'manage webhooks' },
  'keys.manage': { ...platformOnly, scopes: [], to: 'manage API keys' },
  'overview.read': { ...platformOnly, scopes: ['metrics:read'], to: 'see how all nodes are' },
  'metrics.read': { ...platformOnly, scopes: ['metrics:read'], to: 'read metrics' }
} as const satisfies Record<string, Rule>

export type Right = keyof typeof rights
/** What a route requires: at least one of these rights, or no credentials at all (`anyone`). */
export type Access = 'anyone' | readonly Right[]

/** The rights of which a verb on an authenticated socket requires at least one. */
export const verbRights: Record<Verb, readonly Right[]> = {
  auth: ['socket.open'],
  subscribe: ['socket.open'],
  unsubscribe: ['socket.open'],
  ping: ['socket.open'],
  read: ['inbox.use'],
  unread: ['inbox.use'],
  delete: ['inbox.use'],
  archive: ['inbox.use'],
  unarchive: ['inbox.use'],
  restore: ['inbox.use'],
  acknowledge: ['inbox.use'],
  read_all: ['inbox.use'],
  seen: ['inbox.use'],
  ack: ['inbox.use'],
  act: ['inbox.use'],
  send: ['send.all', 'send.company']
}

/** What an action acts on: its owner (`user:<id>`, `key:<id>`), and the company it belongs to. */
export interface Target { owner?: string, company?: string | null }

/** Whether a principal has a right over this target. */
export function may (principal: Actor, right: Right, target: Target = {}): boolean {
  const rule: Rule = rights[right]
  const isOwn = target.owner === senderOf(principal)
  if (principal.kind === 'key') return rule.key === 'any' || (rule.key === 'own' && isOwn) || rule.scopes.some(scope => isGranted(scope, principal.scopes, target))
  const reach = reachOf(principal, rule)
  if (reach === 'none') return false
  if (reach === 'any' || isOwn) return true
  return reach === 'company' && principal.company !== null && target.company === principal.company
}

/** Whether a principal may create, change or remove this user (undefined if it does not exist). Only platform admins manage platform admins. */
export function mayManageUser (principal: Actor, user: Pick<Membership, 'role' | 'company'> | undefined): boolean {
  return may(principal, 'users.manage', { company: user?.company ?? null }) && !isAbove(principal, user)
}

/**
 * Whether a principal may choose the id of a new user. Company admins may not: they could create a user
 * with a password they know under an id that tokens of an issuer will later carry as `sub`.
 */
export function mayChooseId (principal: Actor): boolean {
  return may(principal, 'users.manage')
}

/** Whether a principal may list and end the sessions of this user (undefined if it does not exist). */
export function mayManageSessions (principal: Actor, user: Membership | undefined): boolean {
  const target: Target = user ? { owner: senderOf({ kind: 'user', id: user.id }), company: user.company } : {}
  return may(principal, 'sessions.manage', target) && (target.owner === senderOf(principal) || !isAbove(principal, user))
}

/** Whether the user is a platform admin and the principal is not. */
function isAbove (principal: Actor, user: Pick<Membership, 'role' | 'company'> | undefined): boolean {
  return user !== undefined && isPlatformAdmin(user) && !(principal.kind === 'user' && isPlatformAdmin(principal))
}

/** Whether a principal has a right over at least one possible target: what a guard can check before the target is known. */
export function mayEver (principal: Actor, right: Right): boolean {
  const rule: Rule = rights[right]
  if (principal.kind === 'user') return reachOf(principal, rule) !== 'none'
  return rule.key !== 'none' || rule.scopes.some(scope => principal.scopes.some(held => covers(scope, held)))
}

/** The companies over whose targets a principal has a right; null for any target, an empty list for none. */
export function companiesInReach (principal: Actor, right: Right): string[] | null {
  if (may(principal, right)) return null
  if (principal.kind === 'user') return principal.company !== null && may(principal, right, { company: principal.company }) ? [principal.company] : []
  const prefixes = (rights[right] as Rule).scopes.filter(scope => scope.includes('<company>')).map(scope => scope.replace('<company>', ''))
  return principal.scopes.flatMap(held => prefixes.filter(prefix => held.startsWith(prefix)).map(prefix => held.slice(prefix.length)))
}

/** Describes the rights that a route or verb requires, for the API document. */
export function describeAccess (access: readonly Right[]): string {
  return access.map(right => `**May ${rights[right].to}:** ${describe(rights[right])}.`).join(' ')
}

function describe ({ user, companyAdmin, platformAdmin, key, scopes }: Rule): string {
  const within: Record<Reach, string> = { none: '', own: ' (their own)', company: ' (in their company)', any: '' }
  const who = ([['users', user], ['company admins', companyAdmin], ['platform admins', platformAdmin]] as const)
    .filter(([, reach]) => reach !== 'none')
    .map(([name, reach]) => name + within[reach])
  if (scopes.length > 0) who.push(`API keys with ${scopes.map(scope => `\`${scope}\``).join(' or ')}`)
  if (key !== 'none') who.push('API keys' + within[key])
  return who.join('; ')
}

function reachOf (principal: Actor & { kind: 'user' }, rule: Rule): Reach {
  return isPlatformAdmin(principal) ? rule.platformAdmin : principal.role === 'admin' ? rule.companyAdmin : rule.user
}

function covers (scope: string, held: string): boolean {
  return scope.includes('<company>') ? held.startsWith(scope.replace('<company>', '')) : held === scope
}

function isGranted (scope: string, held: string[], { company }: Target): boolean {
  if (!scope.includes('<company>')) return held.includes(scope)
  // A function, because a company's name could contain a replacement pattern ($&).
  return typeof company === 'string' && held.includes(scope.replace('<company>', () => company))
}
