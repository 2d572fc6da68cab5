import { Type } from '@sinclair/typebox'
import { MAX_NAME, pattern } from './patterns.ts'

export { MAX_NAME }

/**
 * A character of a name or user id: no control character (C0, C1), no lone surrogate, no line
 * separator, and nothing that is invisible or reorders text. RFC 8264 §9.11–9.13.
 */
const VISIBLE = '[^\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{DI}]'
// Every URL parser removes `.` and `..` from a path; a name of spaces alone cannot be seen.
const FOLDED = '\\.{1,2}'
const BLANK = '\\p{Zs}+'

/** Patterns with the `u` flag, as JSON Schema has them. `src/identity/names.ts` checks claims with them. */
export const NAME = `^(?!(${FOLDED}|${BLANK})$)${VISIBLE}+$`
/** A name that is made here: spaces at its ends cannot be seen. What tokens or earlier versions brought stays usable as it is. */
export const NEW_NAME = `^(?!\\p{Zs})${NAME.slice(1, -1)}(?<!\\p{Zs})$`
export const USER_ID = `^(?!(${FOLDED}|${BLANK}|me)$)${VISIBLE}+$`
export const MAX_USER_ID = 255
const ID = `^(?!(${FOLDED}|me)$)[A-Za-z0-9._:-]+$`
// PostgreSQL cannot store NUL, and a lone surrogate has no UTF-8 form.
const TEXT = '^[^\\u0000\\ud800-\\udfff]*$'

/** An opaque identifier, chosen by the caller or a generated UUIDv7. */
export const Id = (options = {}) => Type.String({
  minLength: 1,
  maxLength: 128,
  ...pattern(ID, 'must consist of letters, digits and . _ : -, and be neither . nor .. nor me'),
  description: 'An opaque identifier.',
  examples: ['0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d'],
  ...options
})

/** A cursor, opaque to clients: `src/protocol/cursor.ts` knows its format. */
export const Cursor = (options = {}) => Type.String({
  minLength: 1, maxLength: 64, description: 'A cursor: an opaque string that names a place in the event log.', examples: ['k3v9x0qa.2s'], ...options
})

export const Topic = (options = {}) => Type.String({
  ...pattern('^[A-Za-z0-9_.-]{1,64}$', 'must be 1 to 64 letters, digits, _ . or -'), description: 'What a notification is about. Subscriptions and lists filter by it.', examples: ['new_features'], ...options
})

/** The validator brings a text into this Unicode form before it checks it, so that names that look the same are the same. */
const normalized = { 'x-normalize': 'NFC' }

/** The name of a company, role or user: any well-formed text without control, invisible or bidirectional characters. */
export const Name = (options = {}) => Type.String({ ...normalized, minLength: 1, maxLength: MAX_NAME, ...pattern(NAME, 'must be text without control or invisible characters, and neither . nor ..'), ...options })

/** The same for one that is made here. */
export const NewName = (options = {}) => Name({ ...pattern(NEW_NAME, 'must be text without control or invisible characters and without a space at either end, and neither . nor ..'), ...options })

/** The id of a user. An identity provider may have chosen it: `auth0|…`, an e-mail address. */
export const UserId = (options = {}) => Type.String({
  ...normalized,
  minLength: 1,
  maxLength: MAX_USER_ID,
  ...pattern(USER_ID, 'must be text without control or invisible characters, and neither . nor .. nor me'),
  description: 'A user\'s id: any text without control or invisible characters, but not `.`, `..` or `me`. Percent-encoded in paths.',
  examples: ['0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d', 'auth0|5f7c8ec7c33c6c004bbafe82'],
  ...options
})

// One address, as SMTP carries it without extensions (RFC 5321 §4.1.2, without quoted strings and literals): no white space, no list, no line break.
export const EMAIL = "^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$"
export const MAX_EMAIL = 254

/** Where mail for somebody goes. */
export const Email = (options = {}) => Type.String({
  maxLength: MAX_EMAIL, ...pattern(EMAIL, 'must be one address such as ada@example.com, in ASCII, without a name, quotes or white space'), examples: ['ada@example.com'], ...options
})

/** Free text: any well-formed text without NUL. */
export const Text = (maxLength: number, options = {}) => Type.String({ minLength: 1, maxLength, ...pattern(TEXT, 'must not contain NUL or lone surrogates'), ...options })

const company = { description: 'A company.', examples: ['company_a'] }
const group = { description: 'A group.', examples: ['order-1742'] }
const role = { description: '`admin`, `user`, or any other name.', examples: ['user'] }
export const Company = (options = {}) => Name({ ...company, ...options })
export const Role = (options = {}) => Name({ ...role, ...options })
export const NewCompany = () => NewName(company)
export const NewRole = () => NewName(role)
export const Group = (options = {}) => Name({ ...group, ...options })
export const NewGroup = () => NewName(group)

/** Whose groups a query is about: a company's, or, if it is empty, global ones. */
export const GroupCompany = () => Company({
  minLength: 0,
  ...pattern(`^$|${NAME}`, 'must be the name of a company, or empty for global groups'),
  description: 'Whose groups: those of this company, or, if it is empty, global ones. If it is absent: those of the caller\'s own company, or global ones for a caller who has none.'
})

/** A time that Belfry writes: RFC 3339 in UTC, with milliseconds and `Z`. */
export const Timestamp = (options = {}) => Type.String({
  format: 'date-time', examples: ['2026-01-31T12:00:00.000Z'], ...options
})

const OFFSET = '(Z|z|[+-]\\d{2}(:?\\d{2})?)?'
const FRACTION = '([.,]\\d{1,9})?'
const EXTENDED = `\\d{4}-\\d{2}-\\d{2}([Tt ]\\d{2}:\\d{2}(:\\d{2}${FRACTION})?${OFFSET})?`
const BASIC = `\\d{8}([Tt ]\\d{4}(\\d{2}${FRACTION})?${OFFSET})?`
const FORMS = `An ISO 8601 calendar date with or without a time, in the years 0000 to 9999 of UTC: \`2025-05-03T11:15:26.463425Z\`,
or \`20250503T111526Z\` without separators. Seconds and their fraction (a point or a comma, up to 9 digits, kept to
milliseconds) may be absent; \`T\` may be \`t\` or a space, \`Z\` may be \`z\` or an offset (\`+02:00\`, \`+0200\`, \`+02\`);
without an offset it is UTC. \`24:00\` is the end of a day; a date alone is its beginning. Weeks, days of the year and leap
seconds are refused.`

/** A time that a caller gives, in one of the forms of ISO 8601 that `FORMS` lists. */
export const LooseTimestamp = (options: { description?: string, examples?: string[] } = {}) => Type.String({
  maxLength: 40,
  ...pattern(`^(${EXTENDED}|${BASIC})$`, 'must be an ISO 8601 date and time, such as 2025-05-03T11:15Z'),
  examples: ['2025-05-03T11:15:26.463425'],
  ...options,
  description: `${options.description ?? 'When it was made.'} ${FORMS}`
})

/** How many items a page of a list has at the most. */
export const Limit = () => Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'The maximum number of items on a page.' })
