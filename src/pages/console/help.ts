import { css, html, LitElement } from 'lit'
import '../shared/controls/dialog.ts'
import { look } from '../shared/look.ts'
import { consoleStyle } from './parts/style.ts'

const STORED = 'belfry console keys'

/** `<console-help>`: the keys, and a switch for them: single letters get in the way of speech input. */
export class ConsoleHelp extends LitElement {
  static override styles = [look, consoleStyle, css`kbd { display: inline-block; min-inline-size: 24px; text-align: center; padding: 0 6px; border: 1px solid var(--line-strong); border-radius: 6px; font-family: ui-monospace, monospace }`]
  static override properties = { areKeysOn: { state: true } }

  declare areKeysOn: boolean

  constructor () {
    super()
    this.areKeysOn = stored() !== 'off'
  }

  async show (): Promise<void> {
    await this.renderRoot.querySelector('belfry-dialog')!.show()
  }

  override render () {
    return html`<belfry-dialog heading="Keys">
      <dl><dt><kbd>/</kbd></dt><dd>Search on this page</dd><dt><kbd>?</kbd></dt><dd>This help</dd><dt><kbd>Esc</kbd></dt><dd>Close a dialog, without doing anything</dd></dl>
      <label class="choice"><input type="checkbox" .checked=${this.areKeysOn} @change=${this.#switch}>Keys of a single character</label>
      <p class="muted">Every page has an address of its own: it can be bookmarked and sent. What a button does, its call shows: copy it as curl and set TOKEN to an access token or an API key.</p>
    </belfry-dialog>`
  }

  #switch = (event: Event): void => {
    this.areKeysOn = (event.target as HTMLInputElement).checked
    // Where storage is blocked, it lasts as long as the page.
    try {
      localStorage.setItem(STORED, this.areKeysOn ? 'on' : 'off')
    } catch {}
  }
}

function stored (): string | null {
  try {
    return localStorage.getItem(STORED)
  } catch {
    return null
  }
}

customElements.define('console-help', ConsoleHelp)

declare global { interface HTMLElementTagNameMap { 'console-help': ConsoleHelp } }
