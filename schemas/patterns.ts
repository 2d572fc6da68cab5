const words = new Map<string, string>()

/** A pattern, and what it wants in words: what a caller is told who broke it. */
export function pattern (source: string, inWords: string): { pattern: string } {
  words.set(source, inWords)
  return { pattern: source }
}

export function inWords (source: string): string | undefined {
  return words.get(source)
}
