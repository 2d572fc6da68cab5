import { parse } from 'secure-json-parse'
import { lossyNumbers } from '../protocol/numbers.ts'
import { problem, type BelfryError } from '../errors.ts'
import type { FieldError } from '../protocol/error-codes.ts'
import { clientFrames } from '../../schemas/socket/client-frames.ts'
import type { ClientFrame, Verb } from '../protocol/client-frames.ts'

/** Returns what is wrong with a frame of a verb; undefined if it is valid. */
export type Validate = (verb: Verb, frame: unknown) => FieldError[] | undefined

export type Parsed = { frame: ClientFrame } | { error: BelfryError, replyTo: string | undefined }

/** Reads a client's message: it must be a JSON object of a known type that its schema accepts. */
export function parseFrame (data: string, validate: Validate): Parsed {
  let frame: unknown
  try {
    frame = parse(data)
  } catch {
    return { error: problem('BLF_BAD_JSON', 'The frame is not valid JSON.'), replyTo: undefined }
  }
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) {
    return { error: problem('BLF_VALIDATION', 'A frame must be a JSON object.'), replyTo: undefined }
  }
  const { type, id } = frame as { type?: unknown, id?: unknown }
  const replyTo = typeof id === 'string' && id.length <= 128 ? id : undefined
  if (typeof type !== 'string' || !Object.hasOwn(clientFrames, type)) {
    return { error: problem('BLF_VALIDATION', 'The type of the frame is unknown.'), replyTo }
  }
  const errors = orNone(lossyNumbers(data)) ?? validate(type as Verb, frame)
  if (errors) return { error: problem('BLF_VALIDATION', undefined, errors), replyTo }
  return { frame: frame as ClientFrame }
}

function orNone (errors: FieldError[]): FieldError[] | undefined {
  return errors.length > 0 ? errors : undefined
}

/** Counts within a window that begins with the first count, and begins anew with the first count after its end. */
class WindowCounter {
  readonly #limit: number
  readonly #windowMs: number
  #count = 0
  #since = 0

  constructor (limit: number, windowMs: number) {
    this.#limit = limit
    this.#windowMs = windowMs
  }

  /** Counts one more. */
  isTooMany (): boolean {
    const now = performance.now()
    if (now - this.#since > this.#windowMs || this.#count === 0) {
      this.#since = now
      this.#count = 0
    }
    this.#count += 1
    return this.#count > this.#limit
  }
}

/** More than 20 bad frames within a minute are too many. */
export class BadFrames extends WindowCounter {
  constructor () { super(20, 60_000) }
}

/** More than 1,000 frames within 10 seconds are a flood. */
export class Flood extends WindowCounter {
  constructor () { super(1_000, 10_000) }
}
