import { COMPONENT, type Json } from '../../document.ts'
import { frameFields } from './fields.ts'
import { escape, json, markdown } from './text.ts'

/** Which messages answer a message, and which it answers, by type. */
export interface Replies { by: Map<string, string[]>, to: Map<string, string[]> }

const typeOf = ({ $ref }: Json): string => $ref.split('/').at(-1)

export function repliesOf (document: Json): Replies {
  const replies: Replies = { by: new Map(), to: new Map() }
  for (const { messages, reply } of Object.values<Json>(document['operations'])) {
    if (!reply) continue
    const answers: string[] = reply.messages.map(typeOf)
    for (const request of messages.map(typeOf) as string[]) {
      replies.by.set(request, answers)
      for (const answer of answers) replies.to.set(answer, [...replies.to.get(answer) ?? [], request])
    }
  }
  return replies
}

const links = (types: string[]) => types.map(type => `<a href="#${type}"><code>${type}</code></a>`).join(' ')

/** The addresses of the channels that a message travels on. */
function channelsOf (document: Json, type: string): string {
  const channels = Object.values<Json>(document['channels']).filter(({ messages }) => type in messages)
  return channels.map(({ title }) => `<span class="chip">${escape(title)}</span>`).join(' ')
}

/** A message in full: who sends it, what answers it, its fields and its examples. */
export function messageSection (document: Json, type: string, replies: Replies, root: string): string {
  const { description, payload, examples, tags } = document['components'].messages[type] as Json
  const schema = document['components'].schemas[payload.$ref.slice(COMPONENT.length)]
  const isClients = tags[0].name === 'client'
  const facts = [
    `<div><dt>Sent by</dt><dd>${isClients ? 'the client' : 'the server'} ${channelsOf(document, type)}</dd></div>`,
    replies.by.has(type) ? `<div><dt>Answered by</dt><dd>${links(replies.by.get(type)!)}</dd></div>` : '',
    replies.to.has(type) ? `<div><dt>Answers</dt><dd>${links(replies.to.get(type)!)}</dd></div>` : ''
  ]
  const [first, ...more] = (examples as Json[]).map(({ summary, payload }) => ({ summary: escape(summary), body: json(payload) }))
  return `<section class="message" id="${type}">
<h4><a href="#${type}">${type}</a></h4>
<div class="split"><div>
${markdown(description, { root })}
<dl class="facts">${facts.join('')}</dl>
<p class="label">Fields</p>
${frameFields(schema, { root, schemas: document['components'].schemas })}
</div><div class="examples">
<p class="label">Example${more.length > 0 ? `: ${first!.summary}` : ''}</p>
${first!.body}
${more.map(({ summary, body }) => `<details><summary>${summary}</summary>${body}</details>`).join('\n')}
</div></div>
</section>`
}
