import { html, LitElement } from 'lit'
import { look } from '../shared/look.ts'

/** The page of the console. */
class ConsolePage extends LitElement {
  static override styles = look

  override render () {
    return html`<main><h1>Console</h1></main>`
  }
}

customElements.define('belfry-console-page', ConsolePage)
