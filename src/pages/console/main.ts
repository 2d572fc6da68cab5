import { html } from 'lit'
import { AppPage } from '../shared/page.ts'

/** The page of the console. */
class ConsolePage extends AppPage {
  readonly heading = 'Log in to the console'

  protected override renderPage () {
    return html`<main><h1>Console</h1><button @click=${() => this.session.logout()}>Log out</button></main>`
  }
}

customElements.define('belfry-console-page', ConsolePage)
