import { readEmail, readName, readUserId } from '../names.ts'
import { refused } from '../refusal.ts'
import { CLOCK_SKEW_SECONDS } from '../../rights/skew.ts'

/** The claims of an access token that Belfry uses; times in seconds since 1970. */
export interface Claims {
  sub: string
  role: string
  company: string | null
  /** The names of the user's groups; absent if the token does not say. */
  groups?: string[]
  /** An address that the issuer has verified; absent if the token does not say. */
  email?: string
  /** The session that the token belongs to; absent for tokens minted elsewhere. */
  sid?: string
  iat: number
  exp: number
}

/** The claims in which other backends put a user's role, company, groups and address for mail; a dot separates the names of nested objects. */
export interface ClaimNames { role: string, company: string, groups: string, email: string }

/** The last time that RFC 3339 can express, in the year 9999; seconds since 1970. */
const LAST_SECOND = 253_402_300_799
const NAME = 'a name of 1 to 128 visible characters'
const MAX_GROUPS = 100
const OWN_NAMES: ClaimNames = { role: 'role', company: 'company', groups: 'groups', email: 'email' }

/**
 * Validates the claims of a token whose signature is valid. `isOwn`: the token is of Belfry's own login,
 * so `claimNames` does not apply to it. Throws BLF_UNAUTHENTICATED with its reason.
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
  if (!isTime(iat, now + CLOCK_SKEW_SECONDS)) throw refused('claim iat', `seconds since 1970, at most ${CLOCK_SKEW_SECONDS} s after ${formatSeconds(now)}`, iat)
  if (nbf !== undefined && !isTime(nbf, now + CLOCK_SKEW_SECONDS)) throw refused('claim nbf', `seconds since 1970, at most ${CLOCK_SKEW_SECONDS} s after ${formatSeconds(now)}`, nbf)
  if (!isTime(exp, LAST_SECOND)) throw refused('claim exp', 'seconds since 1970', exp)
  const claims = { sub: given.sub, role, company, iat, exp }
  if (!isOwn) {
    const groups = readGroups(claimAt(payload, names.groups), names.groups)
    const email = readVerifiedEmail(payload, names.email)
    return { ...claims, ...(groups ? { groups } : {}), ...(email === undefined ? {} : { email }) }
  }
  const { sid } = payload
  if (typeof sid !== 'string' || sid === '' || sid.length > 128) throw refused('claim sid', 'the id of a session', sid)
  return { ...claims, sid }
}

/** Undefined if the claim is absent: then the token does not say. */
function readGroups (claim: unknown, name: string): string[] | undefined {
  if (claim === undefined) return undefined
  const groups = Array.isArray(claim) && claim.length <= MAX_GROUPS ? claim.map(readName) : [undefined]
  if (groups.includes(undefined)) throw refused(`claim ${name}`, `a list of at most ${MAX_GROUPS} names of 1 to 128 visible characters`, claim)
  return [...new Set(groups as string[])]
}

/**
 * The address, if the issuer has verified it: `email_verified` beside it, or among the claims of the token, says so (OpenID Connect Core §5.1;
 * some issuers write "true"). One that cannot be used is as good as none: it does not keep anybody out.
 */
function readVerifiedEmail (payload: Record<string, unknown>, name: string): string | undefined {
  const verified = claimAt(payload, name.replace(/[^.]+$/, 'email_verified')) ?? payload['email_verified']
  return verified === true || verified === 'true' ? readEmail(claimAt(payload, name)) : undefined
}

function isTime (value: unknown, latest: number): value is number {
  return typeof value === 'number' && value >= 0 && value <= latest
}

/** Formats a token's time for the log, clamped to what RFC 3339 can express. */
export function formatSeconds (seconds: number): string {
  return new Date(Math.floor(Math.min(Math.max(seconds, 0), LAST_SECOND) * 1000)).toISOString()
}

/**
 * Picks one role from a list: `admin` if it is in it, else `user`, else the first. Identity providers
 * often list all roles of a user, in no fixed order.
 */
function oneRole (claim: unknown): unknown {
  if (!Array.isArray(claim)) return claim
  return ['admin', 'user'].find(role => claim.includes(role)) ?? (claim as unknown[])[0]
}

/** The claim with this name; if there is none, the value at this path, whose steps are separated by dots. */
function claimAt (payload: Record<string, unknown>, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name]
  let value: unknown = payload
  for (const step of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string, unknown>)[step]
  }
  return value
}
