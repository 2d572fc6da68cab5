import { BELL } from '../../inbox/look.ts'
import { tokens } from '../shared/base.ts'

export const homeStyle = `${tokens}body { margin: 0; background: var(--bg); color: var(--text); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
main { max-width: 68ch; margin: 0 auto; padding: 48px 16px }
header { display: flex; align-items: center; gap: 12px }
header svg { width: 40px; height: 40px; flex: none; fill: var(--brass) }
h1 { margin: 0; font-size: 28px; font-weight: 600; line-height: 1.25 }
h2 { margin: 32px 0 12px; font-size: 20px; font-weight: 600; line-height: 1.25 }
p { margin: 16px 0 }
.status { padding: 12px 16px; border-radius: 10px }
.ok { color: var(--success); background: var(--success-soft) }
.degraded { color: var(--warning); background: var(--warning-soft) }
.unavailable { color: var(--error); background: var(--error-soft) }
ul { margin: 0; padding: 0; list-style: none; display: grid; gap: 12px }
li a { display: block; padding: 12px 16px; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); color: var(--muted); text-decoration: none }
li strong { display: block; color: var(--accent); font-weight: 600 }
li a:hover strong { text-decoration: underline }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
footer { margin-top: 32px; color: var(--muted); font-size: 14px }
@media (forced-colors: active) { .status, li a { border: 1px solid } }
`

export type Status = 'ok' | 'degraded' | 'unavailable'

/** The shape and text of each status, so that it is never shown by colour alone. */
const said: Record<Status, [shape: string, text: string]> = {
  ok: ['✓', 'Running, and ready for requests.'],
  degraded: ['▲', 'Running, with something away.'],
  unavailable: ['◆', 'Running, but its store cannot be reached.']
}

export interface HomeContent {
  version: string
  status: Status
  /** What is away, a sentence each without its full stop. */
  degraded: string[]
  /** What the page loads, relative to the root of the server. */
  loads: { icon: string, style: string }
}

/** The page at the root of the server, which needs no script. All its links are relative, so that it works under any path prefix. */
export function homePage ({ version, status, degraded, loads }: HomeContent): string {
  const [shape, text] = said[status]
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Belfry</title>
    <link rel="icon" type="image/svg+xml" href="${loads.icon}">
    <link rel="stylesheet" href="${loads.style}">
  </head>
  <body>
    <main>
      <header><svg viewBox="0 0 32 32" aria-hidden="true">${BELL}</svg><h1>Belfry</h1></header>
      <p>This is a notification server. One REST call puts a notification into the inboxes of its audience, and sends it at once to every WebSocket that they have open.</p>
      <p class="status ${status}"><span aria-hidden="true">${shape}</span> ${[text, ...degraded.map(text => `${text}.`)].join(' ')}</p>
      <h2>Where to go from here</h2>
      <ul>
        <li><a href="docs"><strong>Try the API</strong>Every route, with examples to send from the page</a></li>
        <li><a href="redoc"><strong>Read the API</strong>The reference of every call</a></li>
        <li><a href="asyncapi"><strong>Read the frames</strong>What a socket sends and takes, and which frame answers which</a></li>
        <li><a href="openapi.json"><strong>OpenAPI document</strong>For generating clients</a></li>
        <li><a href="asyncapi.json"><strong>AsyncAPI document</strong>The same for the frames</a></li>
      </ul>
      <footer>Belfry ${version}</footer>
    </main>
  </body>
</html>
`
}
