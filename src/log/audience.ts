/**
 * Who is addressed. An audience becomes a set of keys; a user belongs to five keys. A notification reaches
 * a user if they share a key. The forms of an audience exclude each other and no key occurs twice, so they
 * share exactly one key or none, and counts by key add up without duplicates.
 */

export interface Audience { all?: true, users?: string[], companies?: string[], roles?: string[] }

/** A user's role and company; `company` is null for a user without one. */
export interface Membership { id: string, role: string, company: string | null }

const part = encodeURIComponent

export const audienceKey = {
  all: 'all',
  company: (company: string) => `c:${part(company)}`,
  role: (role: string) => `r:${part(role)}`,
  companyRole: (company: string, role: string) => `cr:${part(company)}/${part(role)}`,
  user: (id: string) => `u:${part(id)}`
} as const

/** The subject of an API key's sockets; it never equals an audience key. */
export function keySubject (id: string): string {
  return `k:${id}`
}

/** The keys of an audience, without duplicates. */
export function keysOfAudience ({ users, companies, roles }: Audience): string[] {
  if (users) return unique(users.map(audienceKey.user))
  if (companies && roles) return unique(companies.flatMap(company => roles.map(role => audienceKey.companyRole(company, role))))
  if (companies) return unique(companies.map(audienceKey.company))
  if (roles) return unique(roles.map(audienceKey.role))
  return [audienceKey.all]
}

/** The audience that has these keys: the inverse of `keysOfAudience`. */
export function audienceOf (keys: string[]): { all: true } | { users: string[] } | { companies: string[], roles?: string[] } | { roles: string[] } {
  const parts = (prefix: string) => keys.map(key => key.slice(prefix.length).split('/').map(decodeURIComponent))
  const [first = ''] = keys
  if (first.startsWith('u:')) return { users: parts('u:').map(([id]) => id!) }
  if (first.startsWith('c:')) return { companies: parts('c:').map(([company]) => company!) }
  if (first.startsWith('r:')) return { roles: parts('r:').map(([role]) => role!) }
  if (first.startsWith('cr:')) return { companies: unique(parts('cr:').map(([company]) => company!)), roles: unique(parts('cr:').map(([, role]) => role!)) }
  return { all: true }
}

/** The users or the companies that an audience's keys address; neither if the audience is not limited to companies. */
export function addresseesOf (keys: string[]): { users?: string[], companies?: string[] } {
  const after = (prefix: string) => keys.map(key => decodeURIComponent(key.slice(prefix.length).split('/', 1)[0]!))
  const [first = ''] = keys
  if (first.startsWith('u:')) return { users: after('u:') }
  if (first.startsWith('c:')) return { companies: after('c:') }
  return first.startsWith('cr:') ? { companies: after('cr:') } : {}
}

/** The keys under which a cohort (everybody of one company and role) is addressed: a user's five keys without the personal one. */
export function keysOfCohort ({ role, company }: Pick<Membership, 'role' | 'company'>): string[] {
  const keys: string[] = [audienceKey.all, audienceKey.role(role)]
  if (company !== null) keys.push(audienceKey.company(company), audienceKey.companyRole(company, role))
  return keys
}

function unique (keys: string[]): string[] {
  return [...new Set(keys)]
}
