import { html, nothing, type TemplateResult } from 'lit'
import { guard } from 'lit/directives/guard.js'
import type { InboxItem, NotificationAction } from '@belfry/client'
import { createdAt } from '../view/days.ts'
import { dutyOf, dutyText, isRequired } from '../view/duty.ts'
import { safeIcon, safeLink } from '../view/links.ts'
import { put, type Words } from '../words/words.ts'
import { icons, shapes } from './icons.ts'
import { sized } from './watch.ts'

/** What can be done with a row. */
export type Verb = 'read' | 'unread' | 'archive' | 'unarchive' | 'delete'

export type Tab = 'all' | 'unread' | 'archived'

/** What rows are drawn with. */
export interface RowContext {
  words: Words
  now: number
  tab: Tab
  opened: ReadonlySet<string>
  iconOrigins: readonly string[]
  /** An application's own content. */
  template: HTMLTemplateElement | undefined
  sizes: ResizeObserver | undefined
  onActivate (item: InboxItem, event: Event): void
  onToggle (item: InboxItem): void
  onMark (item: InboxItem, verb: Verb): void
  onAct (item: InboxItem, action: NotificationAction, event: Event): void
  onAcknowledge (item: InboxItem): void
}

/** The verbs of a row, as its buttons stand. */
function verbsOf (item: InboxItem, tab: Tab): Verb[] {
  const reading = item.read ? 'unread' : 'read'
  return isRequired(item) ? [reading] : [reading, tab === 'archived' ? 'unarchive' : 'archive', 'delete']
}

export function nameOf (verb: Verb, { messages }: Words): string {
  return verb === 'read' ? messages.markAsRead : verb === 'unread' ? messages.markAsUnread : messages[verb]
}

/** One notification. `place` is its number of `size`; -1 where the size is not known. */
export function row (item: InboxItem, place: number, size: number, context: RowContext): TemplateResult {
  const { id, read } = item
  const { words, now, tab, opened, template } = context
  const isOpen = opened.has(id)
  const at = createdAt(item, now)
  return html`
    <article part="item ${read ? 'read' : 'unread'}" class="row" data-id=${id} tabindex="0" ?data-unread=${!read} ?data-open=${isOpen} ?data-required=${isRequired(item)}
      aria-posinset=${place} aria-setsize=${size} aria-labelledby=${template ? `s-${id} m-${id}` : `t-${id}`} aria-describedby=${template ? `w-${id}` : `w-${id} m-${id}`}>
      <div class="behind" aria-hidden="true">${icons[tab === 'archived' ? 'unarchive' : 'archive']}${icons.delete}</div>
      <div class="front">
        ${read ? nothing : html`<span part="dot" class="dot"></span>`}
        ${mark(item, context)}
        ${template ? html`<span class="hidden" id="s-${id}">${said(item, words)}</span><div class="own" id="m-${id}">${guard([item, template], () => own(item, template))}</div><span hidden id="t-${id}">${item.title}</span>` : content(item, isOpen, context)}
        <time part="time" id="w-${id}" datetime=${new Date(at).toISOString()} title=${words.exactly(at)}>${words.ago(at, now)}</time>
        <div class="foot">
          <div class="facts">${duty(item, context)}${template ? nothing : facts(item, isOpen, context)}</div>
          <div class="tools" part="tools">
            ${verbsOf(item, tab).map(verb => html`<button part="tool" class="tool" type="button" data-verb=${verb} title=${nameOf(verb, words)} aria-label=${nameOf(verb, words)} aria-describedby="t-${id}" @click=${() => context.onMark(item, verb)}>${icons[verb]}</button>`)}
          </div>
        </div>
      </div>
    </article>`
}

/** The picture of the sender, or the shape of the type. */
function mark ({ type, icon }: InboxItem, { iconOrigins }: RowContext): TemplateResult {
  const address = safeIcon(icon, iconOrigins)
  return address === undefined
    ? html`<span part="type" class="shape" data-type=${type}>${shapes[type] ?? shapes.info}</span>`
    : html`<img part="icon" class="picture" src=${address} alt="" loading="lazy" decoding="async" referrerpolicy="no-referrer">`
}

/** What a row says first to those who hear it: that it is unread, and its type. */
function said ({ type, read }: InboxItem, { messages }: Words): string {
  const types = { info: '', success: messages.success, warning: messages.warning, error: messages.failure }
  return [read ? '' : messages.unread, types[type]].filter(Boolean).map(word => `${word}. `).join('')
}

function content (item: InboxItem, isOpen: boolean, context: RowContext): TemplateResult {
  const { id, message, url } = item
  // Blanks would leave nothing to see, to press or to hear.
  const title = item.title.trim() === '' ? context.words.messages.info : item.title
  const link = safeLink(url)
  const activate = (event: Event) => context.onActivate(item, event)
  return html`
    <h4 class="title" part="title" id="t-${id}"><span class="hidden">${said(item, context.words)}</span>${link === undefined
      ? html`<button type="button" class="name" dir="auto" aria-expanded=${isOpen} @click=${activate} ${sized(context.sizes, title)}>${title}</button>`
      : html`<a class="name" part="link" dir="auto" href=${link} rel="noopener noreferrer" @click=${activate} ${sized(context.sizes, title)}>${title}</a>`}</h4>
    <p class="message" part="message" id="m-${id}" dir="auto" ${sized(context.sizes, message)}>${message}</p>`
}

function facts (item: InboxItem, isOpen: boolean, context: RowContext): TemplateResult {
  const { data: { topic }, revision = 1, replaced_count: replaced = 0, updated_at: updated } = item
  const { words } = context
  const { messages } = words
  return html`
    <button type="button" class="more" aria-expanded=${isOpen} aria-describedby="t-${item.id}" @click=${() => context.onToggle(item)}>${isOpen ? messages.less : messages.more}</button>
    ${topic === undefined ? nothing : html`<span part="topic" class="topic" dir="auto">${topic}</span>`}
    ${replaced > 0 ? html`<span part="note" class="note">${words.update(replaced)}</span>` : nothing}
    ${revision > 1 ? html`<span part="note" class="note" title=${updated === undefined ? nothing : words.exactly(Date.parse(updated))}>${messages.edited}</span>` : nothing}
    ${actions(item, context)}`
}

/** That it must be acknowledged, and the button for it; or that it was. */
function duty (item: InboxItem, { words, now, onAcknowledge }: RowContext): TemplateResult | typeof nothing {
  const text = dutyText(item, words, now)
  if (text === undefined) return nothing
  if (!isRequired(item)) return html`<span part="note" class="note kept">${icons.read}${text}</span>`
  return html`<div part="duty" class="duty" data-duty=${dutyOf(item, now)}><span class="by">${shapes.warning}${text}</span><button type="button" part="acknowledge" class="acknowledge" aria-describedby="t-${item.id}" @click=${() => onAcknowledge(item)}>${words.messages.acknowledge}</button></div>`
}

function actions (item: InboxItem, context: RowContext): TemplateResult | typeof nothing {
  const { actions = [], acted } = item
  if (acted) {
    const { label } = actions.find(({ id }) => id === acted.action) ?? { label: acted.action }
    return html`<span part="note" class="note chosen">${put(context.words.messages.chosen, { label })}</span>`
  }
  if (actions.length === 0) return nothing
  return html`<div class="acts">${actions.map(action => {
    const link = action.url === undefined ? undefined : safeLink(action.url)
    const act = (event: Event) => context.onAct(item, action, event)
    return link === undefined
      ? html`<button type="button" part="action" class="action" aria-describedby="t-${item.id}" @click=${act}><bdi>${action.label}</bdi></button>`
      : html`<a part="action" class="action" href=${link} rel="noopener noreferrer" aria-describedby="t-${item.id}" @click=${act}><bdi>${action.label}</bdi></a>`
  })}</div>`
}

/** A copy of an application's template, with texts where it has `data-field`: a field of the item, or of its `data`. */
function own (item: InboxItem, template: HTMLTemplateElement): Node {
  const copy = document.importNode(template.content, true)
  for (const element of copy.querySelectorAll<HTMLElement>('[data-field]')) {
    const name = element.dataset.field!
    const value = Object.hasOwn(item, name) ? (item as unknown as Record<string, unknown>)[name] : item.data[name]
    element.textContent = ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : ''
  }
  return copy
}
