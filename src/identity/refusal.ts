import { problem, type BelfryError } from '../errors.ts'

/** Why credentials were refused. It is for the log: the answer says nothing of it. */
export interface Refusal {
  /** What was wrong: `claim aud`, `header kid`, `signature`, `API key` … */
  what: string
  expected: string
  /** What was there instead; absent if nothing was. Never a secret, nor a signature. */
  seen?: string
}

const MAX_SEEN = 120

/** BLF_UNAUTHENTICATED, with what the log says of it. */
export function refused (what: string, expected: string, seen?: unknown): BelfryError {
  const reason: Refusal = { what, expected, ...(seen === undefined ? {} : { seen: show(seen) }) }
  return Object.assign(problem('BLF_UNAUTHENTICATED'), { reason })
}

/** Why an error refused somebody's credentials, if it did and if that is known. */
export function refusalOf (error: unknown): Refusal | undefined {
  return (error as { reason?: Refusal }).reason
}

/** A stranger's value as short text without anything that a terminal obeys or that reorders a line. */
function show (value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const short = text.length > MAX_SEEN ? `${text.slice(0, MAX_SEEN)}…` : text
  return short.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, character => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`)
}
