import type { Words } from './letter.ts'

/** A mail as plain text. */
export function text ({ heading, items, more, inbox, why, unsubscribe }: Words): string {
  const blocks = items.map(({ title, message, kind, at, link }) => [title, `${kind}, ${at}`, '', message, ...link === undefined ? [] : ['', link]].join('\n'))
  const end = [
    ...more === undefined ? [] : [more],
    ...inbox === undefined ? [] : [`Your inbox: ${inbox}`],
    `${why}\n${unsubscribe.words}: ${unsubscribe.href}`
  ]
  return `${[heading, ...blocks, end.join('\n\n')].join('\n\n----\n\n')}\n`
}
