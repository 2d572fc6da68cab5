import { BelfryInbox } from './bell/inbox.ts'
import { BelfryFeed } from './feed/feed.ts'
import type { ActionDetail, ClickDetail } from './input/interactions.ts'

// A page without a build may make a client of its own, for several elements or for sending.
export { Belfry, BelfryError } from '@belfry/client'
export type { ActionDetail, ClickDetail } from './input/interactions.ts'
export type { BelfryClient, GetToken } from './base/clients.ts'
export type { Forms, Messages } from './words/messages.ts'
export { BelfryFeed, BelfryInbox }

// A page may have loaded another copy before: its elements stay.
for (const [name, element] of [['belfry-feed', BelfryFeed], ['belfry-inbox', BelfryInbox]] as const) {
  if (!customElements.get(name)) customElements.define(name, element)
}

declare global {
  interface HTMLElementTagNameMap { 'belfry-feed': BelfryFeed, 'belfry-inbox': BelfryInbox }
  // They bubble, so that elements, documents and windows have listeners of them.
  interface GlobalEventHandlersEventMap {
    'belfry-open': CustomEvent<object>
    'belfry-click': CustomEvent<ClickDetail>
    'belfry-action': CustomEvent<ActionDetail>
  }
}
