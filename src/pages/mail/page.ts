import { BELL } from '../../inbox/look.ts'
import { tokens } from '../shared/base.ts'

export const mailStyle = `${tokens}body { margin: 0; background: var(--bg); color: var(--text); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
main { max-width: 560px; margin: 0 auto; padding: 48px 16px }
header { display: flex; align-items: center; gap: 12px }
header svg { width: 32px; height: 32px; flex: none; fill: var(--brass) }
h1 { margin: 0; font-size: 20px; font-weight: 600; line-height: 1.25 }
p { margin: 16px 0; max-width: 68ch }
button { min-height: 44px; padding: 0 20px; border: 0; border-radius: 6px; background: var(--button); color: #fff; font: 600 16px system-ui, sans-serif; cursor: pointer }
a { color: var(--accent); text-underline-offset: 2px }
button:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
@media (forced-colors: active) { button { border: 1px solid } }
`

export interface MailPageContent {
  /** What the link leads to: a question, what was done, or nothing. */
  shows: 'question' | 'done' | 'invalid'
  /** What it is about; null for all mail. */
  topics: string[] | null
  /** What the page loads and where its links lead, relative to the folder `mail`. */
  loads: { icon: string, style: string }
  hasInbox: boolean
}

/** The page behind "Get no more mail". It needs no script, and asking for it changes nothing. */
export function mailPage ({ shows, topics, loads, hasInbox }: MailPageContent): string {
  const about = topics === null ? 'all topics that are not locked' : listed(topics)
  const change = hasInbox ? ' You can change that under Preferences in <a href="../inbox">your inbox</a>.' : ''
  const [heading, body] = {
    question: ['Get no more mail?', `<p>You will get no more mail about ${about}. Your inbox stays as it is.</p>
      <form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button>Get no more mail</button></form>`],
    done: ['You get no more mail', `<p>Mail about ${about} is off.${change}</p>`],
    invalid: ['This link does not work', `<p>It is not complete, or was not made here. Open it again from the mail.${change}</p>`]
  }[shows] as [string, string]
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex">
    <title>${heading} · Belfry</title>
    <link rel="icon" type="image/svg+xml" href="../${loads.icon}">
    <link rel="stylesheet" href="../${loads.style}">
  </head>
  <body>
    <main>
      <header><svg viewBox="0 0 32 32" aria-hidden="true">${BELL}</svg><h1>${heading}</h1></header>
      ${body}
    </main>
  </body>
</html>
`
}

/** Names of topics need no escaping: letters, digits, `_`, `.` and `-`. */
function listed (topics: string[]): string {
  const names = topics.map(topic => `<strong>${topic}</strong>`)
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}`
}
