/**
 * Who is addressed. An audience becomes a set of keys; a user belongs to five keys, and to one a group. A
 * notification reaches a user if they share a key. The forms of an audience exclude each other and no key occurs
 * twice, so they share exactly one key or none, and counts by key add up without duplicates. Only an audience
 * of several groups can share several keys with a user.
 *
 * A key with a `!` excludes a user: `["c:a", "!u:bob"]` is everybody of company a but bob.
 */

export interface Audience {
  all?: true
  users?: string[]
  companies?: string[]
  roles?: string[]
  groups?: string[]
  /** Whose groups they are; null or absent for global ones. */
  company?: string | null
  /** Who is not addressed, whatever the rest says. */
  not?: { users: string[] }
}

/** A user's role and company; `company` is null for a user without one. */
export interface Membership { id: string, role: string, company: string | null }

/** A group: of a company, or a global one (`company` null). */
export interface GroupRef { company: string | null, group: string }

const part = encodeURIComponent

export const audienceKey = {
  all: 'all',
  company: (company: string) => `c:${part(company)}`,
  role: (role: string) => `r:${part(role)}`,
  companyRole: (company: string, role: string) => `cr:${part(company)}/${part(role)}`,
  user: (id: string) => `u:${part(id)}`,
  group: ({ company, group }: GroupRef) => groupKeyPrefix(company) + part(group)
} as const

/** What the keys of a company's groups begin with, or, with null, those of global ones. */
export function groupKeyPrefix (company: string | null): string {
  return `g:${company === null ? '' : part(company)}/`
}

export function isUserKey (key: string): boolean {
  return key.startsWith('u:')
}

export function isGroupKey (key: string): boolean {
  return key.startsWith('g:')
}

/** The id of the user whom a key addresses. */
export function userOfKey (key: string): string {
  return decodeURIComponent(key.slice('u:'.length))
}

/** The group that a key addresses. */
export function groupOfKey (key: string): GroupRef {
  const [company = '', group = ''] = key.slice('g:'.length).split('/').map(decodeURIComponent)
  return { company: company === '' ? null : company, group }
}

/** Whether somebody of this company (null: of none) can be a member of the group that a key addresses. */
export function isGroupOpenTo (key: string, company: string | null): boolean {
  return key.startsWith(groupKeyPrefix(null)) || (company !== null && key.startsWith(groupKeyPrefix(company)))
}

const NOT = '!'

/** Whether the keys exclude anybody. */
export function excludesSome (keys: string[]): boolean {
  return keys.at(-1)?.startsWith(NOT) === true
}

/** The subjects (audience keys) of the users whom the keys exclude. */
export function excludedBy (keys: string[]): string[] {
  return excludesSome(keys) ? keys.filter(key => key.startsWith(NOT)).map(key => key.slice(NOT.length)) : []
}

/** The ids of the users whom the keys exclude. */
export function excludedUsers (keys: string[]): string[] {
  return excludedBy(keys).map(userOfKey)
}

/** Whether the keys exclude the user with this subject. */
export function excludes (keys: string[], subject: string): boolean {
  return excludesSome(keys) && keys.includes(NOT + subject)
}

/** Only the keys that address somebody. */
export function addressing (keys: string[]): string[] {
  return excludesSome(keys) ? keys.filter(key => !key.startsWith(NOT)) : keys
}

/** The subject of an API key's sockets; it never equals an audience key. */
export function keySubject (id: string): string {
  return `k:${id}`
}

/** The keys of an audience, without duplicates; those that exclude somebody come last. */
export function keysOfAudience (audience: Audience): string[] {
  const { not } = audience
  const keys = unique(keysOf(audience))
  if (!not) return keys
  const excluded = new Set(not.users.map(audienceKey.user))
  return [...keys.filter(key => !excluded.has(key)), ...[...excluded].map(key => NOT + key)]
}

function keysOf ({ users, companies, roles, groups, company = null }: Audience): string[] {
  if (users) return users.map(audienceKey.user)
  if (groups) return groups.map(group => audienceKey.group({ company, group }))
  if (companies && roles) return companies.flatMap(company => roles.map(role => audienceKey.companyRole(company, role)))
  if (companies) return companies.map(audienceKey.company)
  if (roles) return roles.map(audienceKey.role)
  return [audienceKey.all]
}

/** The audience that has these keys: the inverse of `keysOfAudience`. */
export function audienceOf (keys: string[]): StatedAudience {
  const excluded = excludedUsers(keys)
  const not = excluded.length > 0 ? { not: { users: excluded } } : {}
  const addressed = addressing(keys)
  // Who is addressed by id and excluded has no key of these.
  return addressed.length === 0 ? { users: excluded, ...not } : { ...formOf(addressed), ...not }
}

type StatedAudience = ({ all: true } | { users: string[] } | { companies: string[], roles?: string[] } | { roles: string[] } | { groups: string[], company?: string }) & { not?: { users: string[] } }

function formOf (keys: string[]): StatedAudience {
  const parts = (prefix: string) => keys.map(key => key.slice(prefix.length).split('/').map(decodeURIComponent))
  const [first = ''] = keys
  if (first.startsWith('u:')) return { users: parts('u:').map(([id]) => id!) }
  if (first.startsWith('c:')) return { companies: parts('c:').map(([company]) => company!) }
  if (first.startsWith('r:')) return { roles: parts('r:').map(([role]) => role!) }
  if (first.startsWith('cr:')) return { companies: unique(parts('cr:').map(([company]) => company!)), roles: unique(parts('cr:').map(([, role]) => role!)) }
  if (!isGroupKey(first)) return { all: true }
  const { company } = groupOfKey(first)
  return { groups: keys.map(key => groupOfKey(key).group), ...(company === null ? {} : { company }) }
}

/** The users or the companies that an audience's keys address; neither if the audience is not limited to companies. */
export function addresseesOf (keys: string[]): { users?: string[], companies?: string[] } {
  const addressed = addressing(keys)
  const after = (prefix: string) => addressed.map(key => decodeURIComponent(key.slice(prefix.length).split('/', 1)[0]!))
  const [first] = addressed
  // Everybody who was addressed by id is excluded.
  if (first === undefined) return { users: [] }
  if (first.startsWith('u:')) return { users: after('u:') }
  if (first.startsWith('c:')) return { companies: after('c:') }
  if (isGroupKey(first)) return first.startsWith(groupKeyPrefix(null)) ? {} : { companies: after('g:') }
  return first.startsWith('cr:') ? { companies: after('cr:') } : {}
}

/** The keys under which a cohort (everybody of one company and role) is addressed: a user's five keys without the personal one. */
export function keysOfCohort ({ role, company }: Pick<Membership, 'role' | 'company'>): string[] {
  const keys: string[] = [audienceKey.all, audienceKey.role(role)]
  if (company !== null) keys.push(audienceKey.company(company), audienceKey.companyRole(company, role))
  return keys
}

function unique (keys: string[]): string[] {
  return keys.length > 1 ? [...new Set(keys)] : keys
}
