import { Type } from '@sinclair/typebox'

// NUL cannot be stored by every engine and a lone surrogate has no UTF-8 form, so neither gets in.
const NAME = '^[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]+$'
const TEXT = '^[^\\u0000\\ud800-\\udfff]*$'

/** An opaque identifier, chosen by the caller or a generated UUIDv7. */
export const Id = (options = {}) => Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[A-Za-z0-9._:-]+$',
  description: 'An opaque identifier.',
  examples: ['0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d'],
  ...options
})

/** An opaque place in the event log. Its inside (epoch and sequence number) is nobody's business but Belfry's. */
export const Cursor = (options = {}) => Type.String({
  minLength: 1, maxLength: 64, description: 'An opaque place in the event log.', examples: ['k3v9x0qa.2s'], ...options
})

/** What a notification is about; subscribers filter by it. */
export const Topic = (options = {}) => Type.String({
  pattern: '^[A-Za-z0-9_.-]{1,64}$', description: 'What a notification is about; subscribers filter by it.', examples: ['new_features'], ...options
})

/** The name of a company, role or user: any well-formed text without control characters. */
export const Name = (options = {}) => Type.String({ minLength: 1, maxLength: 128, pattern: NAME, ...options })

/** Free text for people: any well-formed text without NUL. */
export const Text = (maxLength: number, options = {}) => Type.String({ minLength: 1, maxLength, pattern: TEXT, ...options })

export const Company = (options = {}) => Name({ description: 'A company.', examples: ['company_a'], ...options })
export const Role = (options = {}) => Name({ description: '`admin`, `user`, or any other name.', examples: ['user'], ...options })

/** RFC 3339, UTC, milliseconds, `Z`. */
export const Timestamp = (options = {}) => Type.String({
  format: 'date-time', examples: ['2026-01-31T12:00:00.000Z'], ...options
})

/** A moment given by a caller: any ISO 8601 date and time; without an offset it is UTC. */
export const LooseTimestamp = (options = {}) => Type.String({
  maxLength: 40,
  pattern: '^\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}(:\\d{2}([.,]\\d{1,9})?)?(Z|z|[+-]\\d{2}(:?\\d{2})?)?$',
  description: 'ISO 8601; without an offset it is UTC.',
  examples: ['2025-05-03T11:15:26.463425'],
  ...options
})
