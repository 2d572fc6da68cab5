import { EMAIL, MAX_EMAIL, MAX_NAME, MAX_USER_ID, NAME, USER_ID } from '../../schemas/primitives.ts'

const name = new RegExp(NAME, 'u')
const userId = new RegExp(USER_ID, 'u')
const email = new RegExp(EMAIL, 'u')

/** The name of a company, role or user in NFC; undefined if the schemas would not accept it. */
export function readName (value: unknown): string | undefined {
  return read(value, name, MAX_NAME)
}

/** A user's id in NFC; undefined if the schemas would not accept it. */
export function readUserId (value: unknown): string | undefined {
  return read(value, userId, MAX_USER_ID)
}

/** An address for mail; undefined if the schemas would not accept it. */
export function readEmail (value: unknown): string | undefined {
  return read(value, email, MAX_EMAIL)
}

function read (value: unknown, pattern: RegExp, max: number): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.normalize('NFC')
  // JSON Schema counts code points. The cheap check of code units comes first, so that a long text is never split.
  return text.length <= max * 2 && [...text].length <= max && pattern.test(text) ? text : undefined
}
