/** Approximate bytes of an event besides its body and keys: the object, its numbers and short strings. */
const OVERHEAD = 300

/** The approximate memory of an event in bytes, for limits on buffers of events. */
export function sizeOfEvent ({ body, keys }: { body: string, keys: string[] }): number {
  return keys.reduce((sum, { length }) => sum + length, OVERHEAD + body.length)
}
