import { MAX_NAME, MAX_USER_ID, NAME, USER_ID } from '../../schemas/primitives.ts'

const name = new RegExp(NAME, 'u')
const userId = new RegExp(USER_ID, 'u')

/** A company's, role's or user's name in NFC, as the schemas would have it; undefined if it is none. */
export function readName (value: unknown): string | undefined {
  return read(value, name, MAX_NAME)
}

/** A user's id, likewise. */
export function readUserId (value: unknown): string | undefined {
  return read(value, userId, MAX_USER_ID)
}

function read (value: unknown, pattern: RegExp, max: number): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.normalize('NFC')
  // Characters, as JSON Schema counts them; no longer text is taken apart for it.
  return text.length <= max * 2 && [...text].length <= max && pattern.test(text) ? text : undefined
}
