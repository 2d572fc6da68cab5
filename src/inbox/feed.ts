import type { Belfry, Inbox } from '@belfry/client'
import { css, html, LitElement, nothing } from 'lit'

/** `<belfry-feed>`: the list of the inbox alone. `client` is a client that is connected, or is about to be. */
export class BelfryFeed extends LitElement {
  static override properties = { client: { attribute: false } }
  static override styles = css`:host { display: block }`

  declare client: Belfry | undefined
  #inbox: Inbox | undefined
  #end: (() => void) | undefined

  override willUpdate (changed: Map<string, unknown>): void {
    if (!changed.has('client')) return
    this.#end?.()
    this.#inbox = this.client?.inbox()
    this.#end = this.#inbox?.subscribe(() => this.requestUpdate())
  }

  override render () {
    const items = this.#inbox?.getSnapshot().items ?? []
    return items.length === 0 ? nothing : html`<ul>${items.map(({ title, message }) => html`<li><strong>${title}</strong> ${message}</li>`)}</ul>`
  }
}
