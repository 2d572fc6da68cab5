/* Nothing here needs a library: the store's thread loads it too. */

/** The longest name, in characters. */
export const MAX_NAME = 128

const words = new Map<string, string>()

/** A pattern, and the message for a text that does not match it. */
export function pattern (source: string, inWords: string): { pattern: string } {
  words.set(source, inWords)
  return { pattern: source }
}

/** The message that belongs to a pattern. */
export function inWords (source: string): string | undefined {
  return words.get(source)
}
