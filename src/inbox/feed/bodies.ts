import { html, nothing, type TemplateResult } from 'lit'
import { isOfTopics } from '../base/element.ts'
import type { Banner, Body } from '../view/state.ts'
import { put, type Words } from '../words/words.ts'
import { icons, shapes } from '../rows/icons.ts'
import type { Marks } from '../input/marks.ts'
import type { Tab } from '../rows/row.ts'
import type { FeedHost } from './host.ts'
import { failure, skeleton } from './waiting.ts'

/** What stands where there is no list. */
export function bodyWithout (body: Exclude<Body, 'list'>, tab: Tab, { messages }: Words, onRetry: () => void, fault?: unknown): TemplateResult {
  switch (body) {
    case 'loading': return skeleton(messages)
    case 'empty': {
      const texts = { all: messages.empty, unread: messages.emptyUnread, archived: messages.emptyArchived }
      return html`<slot name=${tab === 'all' ? 'empty' : `empty-${tab}`}><div part="empty" class="notice"><span class="bell" aria-hidden="true">${icons.read}</span><p>${texts[tab]}</p></div></slot>`
    }
    case 'error': return failure(messages, onRetry, fault)
    case 'signed-out':
      return html`<slot name="signed-out"><div part="error" class="notice"><p>${messages.signedOut}</p><button type="button" part="button" class="strong" @click=${onRetry}>${messages.retry}</button></div></slot>`
  }
}

/** The line above a list that may not be whole. `time`: when it last was. */
export function banner (kind: Banner, { messages }: Words, time: string | undefined, onRetry: () => void): TemplateResult | typeof nothing {
  if (kind === undefined) return nothing
  const text = kind === 'offline' ? time === undefined ? messages.offlineKept : put(messages.offline, { time }) : kind === 'signed-out' ? messages.signedOut : messages.catchingUp
  return html`<div part="banner" class="banner" data-kind=${kind}>${kind === 'catching-up' ? nothing : icons.offline}<p>${text}</p>${kind === 'signed-out' ? html`<button type="button" part="button" class="quiet" @click=${onRetry}>${messages.retry}</button>` : nothing}</div>`
}

/** A reminder of one of the topics that are shown, the way to what it is of, and the way to be left alone. */
export function reminderBar (host: FeedHost, onShow: (id: string) => void): TemplateResult | typeof nothing {
  const { reminded, reminders, topicList, words: { messages } } = host
  if (!reminded || (topicList.length > 0 && !(reminded.item && isOfTopics(reminded.item, topicList)))) return nothing
  const { id } = reminded
  return html`<div part="banner" class="banner" data-kind="reminder">${shapes.warning}<p>${host.reminderText(reminded)}</p><button type="button" part="button" class="quiet" @click=${() => onShow(id)}>${messages.show}</button><button type="button" class="tool" title=${messages.close} aria-label=${messages.close} @click=${() => reminders?.answer(id)}>${icons.close}</button></div>`
}

/** What was done, and the way back. */
export function undoBar (marks: Marks, { messages }: Words, onUndo: () => void): TemplateResult | typeof nothing {
  if (!marks.offer) return nothing
  return html`
    <div part="undo" class="undo" @pointerenter=${() => marks.hold('pointer')} @pointerleave=${() => marks.release('pointer')} @focusin=${() => marks.hold('focus')} @focusout=${() => marks.release('focus')}>
      <p>${messages[marks.offer.text]}</p><button type="button" class="action" aria-keyshortcuts="Control+Z" @click=${onUndo}>${messages.undo}<kbd aria-hidden="true">Ctrl Z</kbd></button>
    </div>`
}
