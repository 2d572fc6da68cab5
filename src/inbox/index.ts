import { BelfryFeed } from './feed.ts'
import { BelfryInbox } from './inbox.ts'

export { BelfryFeed, BelfryInbox }

// A page may have loaded another copy before: its elements stay.
for (const [name, element] of [['belfry-feed', BelfryFeed], ['belfry-inbox', BelfryInbox]] as const) {
  if (!customElements.get(name)) customElements.define(name, element)
}

declare global {
  interface HTMLElementTagNameMap { 'belfry-feed': BelfryFeed, 'belfry-inbox': BelfryInbox }
}
