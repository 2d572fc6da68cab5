import { readName, readUserId } from '../names.ts'
import { refused } from '../refusal.ts'
import { CLOCK_SKEW_SECONDS } from '../../rights/skew.ts'

/** What an access token says; times in seconds since 1970. */
export interface Claims {
  sub: string
  role: string
  company: string | null
  /** The session of Belfry's own login that the token is of. */
  sid?: string
  iat: number
  exp: number
}

/** Under which claims other backends say where their users stand; a dot steps into an object. */
export interface ClaimNames { role: string, company: string }

/** The last moment that a Date can show as RFC 3339, seconds since 1970. */
const LAST_SECOND = 253_402_300_799
const NAME = 'a name of 1 to 128 visible characters'
const OWN_NAMES: ClaimNames = { role: 'role', company: 'company' }

/**
 * Reads the claims of a token whose signature is good. `isOwn` if it is of a session of Belfry's own
 * login: those are written by Belfry, whatever claims others use. Throws what `refused` makes.
 */
export function readClaims (payload: Record<string, unknown>, claimNames: ClaimNames, isOwn: boolean): Claims {
  const names = isOwn ? OWN_NAMES : claimNames
  const now = Date.now() / 1000
  const { sub, nbf, iat, exp } = payload
  const given = { sub: readUserId(sub), role: oneRole(claimAt(payload, names.role)), company: claimAt(payload, names.company) ?? null }
  const [role, company] = [readName(given.role), given.company === null ? null : readName(given.company)]

  if (given.sub === undefined) throw refused('claim sub', 'a user id of 1 to 255 visible characters', sub)
  if (role === undefined) throw refused(`claim ${names.role}`, NAME, given.role)
  if (company === undefined) throw refused(`claim ${names.company}`, `${NAME}, or null`, given.company)
  if (!isTime(iat, now + CLOCK_SKEW_SECONDS)) throw refused('claim iat', `seconds up to ${time(now)}, or ${CLOCK_SKEW_SECONDS} s more`, iat)
  if (nbf !== undefined && !isTime(nbf, now + CLOCK_SKEW_SECONDS)) throw refused('claim nbf', `seconds up to ${time(now)}, or ${CLOCK_SKEW_SECONDS} s more`, nbf)
  if (!isTime(exp, LAST_SECOND)) throw refused('claim exp', 'seconds since 1970', exp)
  const claims = { sub: given.sub, role, company, iat, exp }
  if (!isOwn) return claims
  const { sid } = payload
  if (typeof sid !== 'string' || sid === '' || sid.length > 128) throw refused('claim sid', 'the id of a session', sid)
  return { ...claims, sid }
}

function isTime (value: unknown, latest: number): value is number {
  return typeof value === 'number' && value >= 0 && value <= latest
}

/** A time of a token for the log; what no Date can show is shown as the nearest that one can. */
export function time (seconds: number): string {
  return new Date(Math.floor(Math.min(Math.max(seconds, 0), LAST_SECOND) * 1000)).toISOString()
}

/**
 * The role that a list of them comes to, whatever its order: `admin` if it is one of them, else `user`,
 * else the first. Providers say all the roles a user has, often from a set.
 */
function oneRole (claim: unknown): unknown {
  if (!Array.isArray(claim)) return claim
  return ['admin', 'user'].find(role => claim.includes(role)) ?? (claim as unknown[])[0]
}

/** A claim by its name, or, where there is none, by the steps its dots stand for. */
function claimAt (payload: Record<string, unknown>, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name]
  let value: unknown = payload
  for (const step of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string, unknown>)[step]
  }
  return value
}
