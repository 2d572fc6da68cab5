import { html } from 'lit'
import '../../inbox/index.ts'
import { AppPage } from '../shared/page.ts'

/** The page of the inbox. */
class InboxPage extends AppPage {
  readonly heading = 'Log in to your inbox'

  protected override renderPage () {
    return html`<main><h1>Inbox</h1><button @click=${() => this.session.logout()}>Log out</button></main>`
  }
}

customElements.define('belfry-inbox-page', InboxPage)
