import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Block { language: string, text: string, heading: string }

/** The code blocks of a page of the repository, each with the heading above it. */
export function blocksOf (file: string): Block[] {
  const text = readFileSync(join(import.meta.dirname, '../../..', file), 'utf8')
  return [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(match => {
    const headings = [...text.slice(0, match.index).matchAll(/^#+ (.+)$/gm)]
    return { language: match[1]!, text: match[2]!, heading: headings.at(-1)?.[1] ?? '' }
  })
}
