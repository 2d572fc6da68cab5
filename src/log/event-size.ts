/** What an event is on top of its text, roughly: the object, its numbers and short strings. */
const OVERHEAD = 300

/** About how many bytes of memory an event takes, for bounds of what keeps events. */
export function sizeOfEvent ({ body, keys }: { body: string, keys: string[] }): number {
  return keys.reduce((sum, { length }) => sum + length, OVERHEAD + body.length)
}
