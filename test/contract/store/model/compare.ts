import { deepStrictEqual } from 'node:assert/strict'

/** What a model's step returns, or the code that it is refused with. */
export function attempt (expected: () => unknown): unknown {
  try {
    return expected()
  } catch (refusal) {
    return codeOf(refusal)
  }
}

/** The same of a store's step. */
export async function attemptLater (actual: Promise<unknown>): Promise<unknown> {
  return await actual.catch(codeOf)
}

function codeOf (error: unknown): unknown {
  return (error as { code?: string }).code ?? error
}

/** Compares what is left of two values in JSON; throws with the name of the step. */
export function same (actual: unknown, expected: unknown, step: string): void {
  try {
    deepStrictEqual(plain(actual), plain(expected))
  } catch (error) {
    throw new Error(`${step}: ${(error as Error).message}`)
  }
}

/** Bodies are JSON themselves, whose fields have no order; nor have keys. */
function plain (value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null), (name, part: unknown) => {
    if (name === 'body' && typeof part === 'string') return JSON.parse(part)
    if (name === 'refused' && Array.isArray(part)) return part.sort((a: { id: string }, b: { id: string }) => a.id < b.id ? -1 : 1)
    return name === 'keys' && Array.isArray(part) ? part.sort() : part
  })
}

/** Entries of an inbox, for comparison: of several keys that a notification is under, a store may name any. */
export function withKeysOf<E extends { key: string | null }> (expected: E[], actual: E[]): E[] {
  return actual.map((entry, index) => {
    const keys = expected[index]?.key ?? ''
    return keys.split(',').includes(entry.key ?? '') ? { ...entry, key: keys } : entry
  })
}
