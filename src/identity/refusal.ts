import { problem, type BelfryError } from '../errors.ts'

/** Why credentials were refused. Written to the log, never to the response. */
export interface Refusal {
  /** What was wrong: `claim aud`, `header kid`, `signature`, `API key` … */
  what: string
  expected: string
  /** What was found instead; absent if nothing was. Never a secret or a signature. */
  seen?: string
}

const MAX_SEEN = 120

/** A BLF_UNAUTHENTICATED that carries its reason for the log. */
export function refused (what: string, expected: string, seen?: unknown): BelfryError {
  const reason: Refusal = { what, expected, ...(seen === undefined ? {} : { seen: show(seen) }) }
  return Object.assign(problem('BLF_UNAUTHENTICATED'), { reason })
}

/** The reason that `refused` attached to an error; undefined if it has none. */
export function refusalOf (error: unknown): Refusal | undefined {
  return (error as { reason?: Refusal }).reason
}

/** An untrusted value as short text, with control and bidirectional characters escaped so that they cannot affect a terminal. */
function show (value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const short = text.length > MAX_SEEN ? `${text.slice(0, MAX_SEEN)}…` : text
  return short.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, character => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`)
}
