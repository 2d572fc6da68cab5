import type { Json } from '../../document.ts'
import { BELL } from '../../../inbox/look.ts'
import { fields, schemaBody, type Context } from './fields.ts'
import { messageSection, repliesOf } from './message.ts'
import { escape, inline, json, markdown, slug } from './text.ts'

/** What the page loads, relative to `root`. */
export interface Loads { icon: string, style: string, script: string }

interface Entry { id: string, title: string, isCode?: boolean }
interface Group { id: string, title: string, intro?: string, types: string[] }

const typeOf = ({ $ref }: Json): string => $ref.split('/').at(-1)

/** Messages under headings: the client's in one group, the server's by the operation that sends them. */
function groupsOf (document: Json): Group[] {
  const operations = Object.entries<Json>(document['operations'])
  const received = operations.filter(([, { action }]) => action === 'receive').flatMap(([, { messages }]) => messages.map(typeOf) as string[])
  const sent = operations.filter(([, { action }]) => action === 'send')
  const named = new Set(sent.flatMap(([, { messages }]) => messages.map(typeOf) as string[]))
  const answers = Object.keys(document['components'].messages).filter(type => !received.includes(type) && !named.has(type))
  return [
    { id: 'client-frames', title: 'What a client sends', intro: 'Each is a request. Its answer has the same `id`, as `reply_to`.', types: received },
    { id: 'answers', title: 'Answers', intro: 'What the server sends for a frame of the client.', types: answers },
    ...sent.map(([name, { title, summary, messages }]) => ({ id: `send-${name}`, title, intro: summary, types: messages.map(typeOf) }))
  ].map((group, index, all) => ({ ...group, types: group.types.filter((type: string) => !all.slice(0, index).some(({ types }) => types.includes(type))) }))
    .filter(({ types }) => types.length > 0)
}

const link = ({ id, title, isCode }: Entry) => `<li><a href="#${id}">${isCode ? `<code>${escape(title)}</code>` : escape(title)}</a></li>`
const list = (title: string, id: string, entries: Entry[]) => `<h2><a href="#${id}">${escape(title)}</a></h2><ul>${entries.map(link).join('')}</ul>`

/** Titles of the sections that a description has. */
const sectionsOf = (description: string) => [...description.matchAll(/^### (.+)$/gm)].map(([, title]) => title!)

/** The query and headers of the request that opens a channel. */
function requestOf (document: Json, id: string): { query?: Json, headers?: Json } {
  const { ws } = document['channels'][id].bindings ?? {}
  if (ws) return ws
  const http = Object.values<Json>(document['operations']).find(({ channel, bindings }) => typeOf(channel) === id && bindings?.http)?.['bindings'].http
  return http === undefined ? {} : { query: http.query, headers: http['x-headers'] }
}

function channelSection (document: Json, id: string, context: Context): string {
  const { root } = context
  const channel = document['channels'][id]
  const { query, headers } = requestOf(document, id)
  return `<section id="channel-${id}">
<h3><a href="#channel-${id}">${escape(channel['title'])}</a></h3>
<p class="address"><code>GET ${escape(channel['address'])}</code></p>
<p>${inline(channel['summary'], root)}</p>
${query ? `<h4 id="${id}-query"><a href="#${id}-query">Query parameters</a></h4>${fields(query, context)}` : ''}
${headers ? `<h4 id="${id}-headers"><a href="#${id}-headers">Headers</a></h4>${fields(headers, context)}` : ''}
<div class="guide">${markdown(channel['description'].replaceAll(/^### /gm, '#### '), { root, prefix: `${id}-` })}</div>
</section>`
}

function schemaSection (name: string, schema: Json, context: Context): string {
  const [example] = schema['examples'] ?? []
  return `<section class="message" id="schema-${name}">
<h3><a href="#schema-${name}">${name}</a></h3>
<div class="split"><div>
${schema['description'] ? markdown(schema['description'], context) : ''}
${schemaBody(schema, context)}
</div>${example === undefined ? '' : `<div class="examples"><p class="label">Example</p>${json(example)}</div>`}</div>
</section>`
}

/** The AsyncAPI document as a page of HTML. `root` leads from its address to the root of the server. */
export function asyncApiPage (document: Json, root: string, { icon, style, script }: Loads): string {
  const { info, channels, components } = document
  const context = { root, schemas: components.schemas }
  const groups = groupsOf(document)
  const replies = repliesOf(document)
  const framed = new Set(Object.values<Json>(components.messages).map(({ payload }) => typeOf(payload)))
  const schemas = Object.entries<Json>(components.schemas).filter(([name]) => !framed.has(name)).sort(([a], [b]) => a < b ? -1 : 1)
  const contents = [
    ...Object.entries<Json>(channels).map(([id, { title, description }]) => list(title, `channel-${id}`, sectionsOf(description).map(title => ({ id: `${id}-${slug(title)}`, title })))),
    ...groups.map(({ id, title, types }) => list(title, id, types.map(type => ({ id: type, title: type, isCode: true })))),
    list('Schemas', 'schemas', schemas.map(([name]) => ({ id: `schema-${name}`, title: name, isCode: true })))
  ].join('\n')

  return `<!doctype html>
<html lang="en" data-root="${root}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Belfry frames</title>
    <link rel="icon" type="image/svg+xml" href="${root}${icon}">
    <link rel="stylesheet" href="${root}${style}">
    <script type="module" src="${root}${script}"></script>
  </head>
  <body>
    <a class="skip" href="#content">Skip to the content</a>
    <details class="menu"><summary>Contents</summary><nav aria-label="Contents">${contents}</nav></details>
    <nav class="rail" aria-label="Contents"><a class="brand" href="${root}"><svg viewBox="0 0 32 32" aria-hidden="true">${BELL}</svg>Belfry</a>${contents}</nav>
    <main id="content" tabindex="-1">
      <h1>Belfry frames <span class="version">${escape(info.version)}</span></h1>
      <p class="links"><a href="${root}asyncapi.json">AsyncAPI document</a> <a href="${root}redoc">REST API</a> <a href="${root}docs">Try the REST API</a></p>
      <div class="guide">${markdown(info.description, { root })}</div>
      <h2 id="channels">Channels</h2>
      ${Object.keys(channels).map(id => channelSection(document, id, context)).join('\n')}
      <h2 id="frames">Frames</h2>
      ${groups.map(({ id, title, intro, types }) => `<section class="group"><h3 id="${id}"><a href="#${id}">${escape(title)}</a></h3>${intro ? `<p>${inline(intro, root)}</p>` : ''}
${types.map(type => messageSection(document, type, replies, root)).join('\n')}</section>`).join('\n')}
      <section class="group"><h2 id="schemas"><a href="#schemas">Schemas</a></h2><p>What frames have in common.</p>
${schemas.map(([name, schema]) => schemaSection(name, schema, context)).join('\n')}</section>
    </main>
  </body>
</html>
`
}
