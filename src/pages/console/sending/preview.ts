import { css, html, LitElement, nothing } from 'lit'
import { shapes } from '../../../inbox/rows/icons.ts'
import { rowStyles } from '../../../inbox/rows/styles.ts'
import { look } from '../../shared/look.ts'

/** What a preview shows of a notification. */
export interface Shown { title: string | null, message: string | null, type: string, topic: string | null, action?: string, isRecalled?: boolean }

/** The names that the row's own styles have for the colours of the document. */
const COLOURS = ['bg', 'surface', 'text', 'muted', 'line', 'line-strong', 'accent', 'info', 'info-soft', 'success', 'success-soft', 'warning', 'warning-soft', 'error', 'error-soft']
const names = new CSSStyleSheet()
names.replaceSync(`:host { ${COLOURS.map(name => `--_${name}: var(--${name})`).join('; ')} }`)

/** `<console-preview>`: a notification as its readers see it in their inbox, unread: the row of the inbox, with its styles. Property: `shown`. */
export class ConsolePreview extends LitElement {
  static override styles = [look, rowStyles, names, css`
    :host { font-size: 14px; line-height: 1.5 }
    .row { border: 1px solid var(--line); border-radius: 10px; gap: 0; display: block }
    .front { cursor: default }
    .foot { margin-block-end: 0 }
    svg.icon { display: block }
    .name { font-weight: 600 }
    .none { color: var(--muted) }
    @media (forced-colors: active) { .dot { background: Highlight; forced-color-adjust: none } .shape .icon { color: CanvasText } .shape .icon > :first-child { stroke: currentColor; fill: none } }
  `]

  static override properties = { shown: { attribute: false } }
  declare shown: Shown

  override render () {
    const { title, message, type, topic, action, isRecalled } = this.shown
    const known = type in shapes ? type as keyof typeof shapes : 'info'
    return html`<article class="row" aria-label="Preview"><div class="front">
      ${isRecalled ? nothing : html`<span class="dot"></span>`}
      <span class="shape" data-type=${known}>${shapes[known]}</span>
      <p class="title"><span class="hidden">${type}. </span><span class="name ${title === null ? 'none' : ''}" dir="auto">${title ?? (isRecalled ? 'Recalled' : 'Title')}</span></p>
      ${isRecalled ? nothing : html`<time>now</time>`}
      <p class="message" dir="auto">${message ?? (isRecalled ? 'Its text is gone from every inbox and from the store.' : 'Message')}</p>
      <div class="foot"><div class="facts">${topic ? html`<span class="topic">${topic}</span>` : nothing}${action ? html`<span class="action">${action}</span>` : nothing}</div></div>
    </div></article>`
  }
}

customElements.define('console-preview', ConsolePreview)
