import { BELL } from '../../inbox/look.ts'
import { tokens } from '../shared/base.ts'

export const homeStyle = `${tokens}body { margin: 0; background: var(--bg); color: var(--text); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
main { max-width: 720px; margin: 0 auto; padding: 48px 16px }
main > p { max-width: 68ch }
header { display: flex; align-items: center; gap: 12px }
header svg { width: 40px; height: 40px; flex: none; fill: var(--brass) }
h1 { margin: 0; font-size: 28px; font-weight: 600; line-height: 1.25 }
h2 { margin: 32px 0 12px; font-size: 20px; font-weight: 600; line-height: 1.25 }
p { margin: 16px 0 }
.status { padding: 12px 16px; border-radius: 10px }
.ok { color: var(--success); background: var(--success-soft) }
.degraded { color: var(--warning); background: var(--warning-soft) }
.unavailable { color: var(--error); background: var(--error-soft) }
ul { margin: 0; padding: 0; list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 280px), 1fr)); gap: 12px }
ul.more { grid-template-columns: 1fr; gap: 4px }
ul:not(.more) a { height: 100%; display: block; padding: 12px 16px; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); color: var(--muted); text-decoration: none }
ul:not(.more) strong { display: block; color: var(--accent); font-weight: 600 }
ul:not(.more) a:hover { border-color: var(--line-strong) }
ul:not(.more) a:hover strong { text-decoration: underline; text-underline-offset: 2px }
ul.more a { color: var(--accent); text-underline-offset: 2px }
ul.more { color: var(--muted) }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
footer { margin-top: 32px; color: var(--muted); font-size: 14px }
@media (forced-colors: active) { .status, ul:not(.more) a { border: 1px solid } }
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
      <h2>For people</h2>
      <ul>
        <li><a href="inbox"><strong>Inbox</strong>Your notifications, live, also as an app on your phone</a></li>
        <li><a href="console"><strong>Console</strong>For admins: is it well, who gets what, send and recall</a></li>
      </ul>
      <h2>For developers</h2>
      <ul>
        <li><a href="docs"><strong>Try the API</strong>Every route, with examples to send from the page</a></li>
        <li><a href="redoc"><strong>Read the API</strong>The reference of every call</a></li>
        <li><a href="asyncapi"><strong>Read the frames</strong>What a socket sends and takes, and which frame answers which</a></li>
        <li><a href="client/inbox.js"><strong>Bell for your page</strong>One module script that defines <code>&lt;belfry-inbox&gt;</code></a></li>
      </ul>
      <h2>Files</h2>
      <ul class="more">
        <li><a href="client/belfry.js">client/belfry.js</a> is the client alone, as a module for browsers</li>
        <li><a href="openapi.json">openapi.json</a> describes the API, for generating clients</li>
        <li><a href="asyncapi.json">asyncapi.json</a> does the same for the frames</li>
        <li><a href="readyz">readyz</a> says whether this node takes requests, for load balancers</li>
      </ul>
      <footer>Belfry ${version}</footer>
    </main>
  </body>
</html>
`
}
