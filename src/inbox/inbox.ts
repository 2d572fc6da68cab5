import { Belfry } from '@belfry/client'
import { html, LitElement, nothing } from 'lit'

/** `<belfry-inbox>`: a bell with a count. `url` is the address of the server; `getToken` is the client's option. */
export class BelfryInbox extends LitElement {
  static override properties = { url: {}, client: { attribute: false }, getToken: { attribute: false } }

  declare url: string
  declare client: Belfry | undefined
  declare getToken: (() => Promise<string | null>) | undefined

  constructor () {
    super()
    this.url = '/'
  }

  override willUpdate (): void {
    if (this.client || !this.getToken) return
    this.client = new Belfry(this.url, { getToken: this.getToken })
    this.client.connect()
  }

  override render () {
    return this.client ? html`<belfry-feed .client=${this.client}></belfry-feed>` : nothing
  }
}
