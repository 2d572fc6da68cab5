import { html, LitElement } from 'lit'
import '../../inbox/index.ts'
import { look } from '../shared/look.ts'

/** The page of the inbox. */
class InboxPage extends LitElement {
  static override styles = look

  override render () {
    return html`<main><h1>Inbox</h1></main>`
  }
}

customElements.define('belfry-inbox-page', InboxPage)
