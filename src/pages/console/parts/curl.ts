import { css, html, LitElement } from 'lit'
import { curlOf, type Call } from '../../shared/api.ts'
import '../../shared/controls/copy.ts'
import { look } from '../../shared/look.ts'
import { consoleStyle } from './style.ts'

/** `<console-curl>`: the calls that an action makes, as commands for a shell, and a button that copies them. Properties: `calls`, `name`. */
export class ConsoleCurl extends LitElement {
  static override styles = [look, consoleStyle, css`
    pre { margin: 0 0 8px; padding: 12px; background: var(--surface); border: 1px solid var(--line); border-radius: 6px; overflow: auto; max-height: 240px; white-space: pre-wrap; overflow-wrap: anywhere }
  `]

  static override properties = { calls: { attribute: false }, name: {} }

  declare calls: Call[]
  declare name: string

  constructor () {
    super()
    this.calls = []
    this.name = 'The call'
  }

  override render () {
    const text = this.calls.map(curlOf).join('\n\n')
    return html`<details>
      <summary>${this.name}</summary>
      <pre class="mono" tabindex="0" role="region" aria-label="${this.name} as a shell command">${text}</pre>
      <belfry-copy .value=${text}>Copy as curl</belfry-copy>
    </details>`
  }
}

customElements.define('console-curl', ConsoleCurl)
