import { css, html, LitElement, nothing } from 'lit'
import { look } from '../../shared/look.ts'
import { typeMark } from '../parts/icons.ts'
import { consoleStyle } from '../parts/style.ts'

/** What a preview shows of a notification. */
export interface Shown { title: string | null, message: string | null, type: string, topic: string | null, action?: string, isRecalled?: boolean }

/** `<console-preview>`: a notification as its readers see it in their inbox, unread. Property: `shown`. */
export class ConsolePreview extends LitElement {
  static override styles = [look, consoleStyle, css`
    article { display: grid; grid-template-columns: 8px 20px minmax(0, 1fr) auto; gap: 4px 8px; padding: 12px; min-height: 56px; border: 1px solid var(--line); border-radius: 10px; background: var(--bg); font-size: 16px }
    .dot { inline-size: 8px; block-size: 8px; border-radius: 50%; background: var(--accent); margin-top: 8px }
    .title { font-weight: 600; overflow-wrap: anywhere; margin: 0 }
    .message { margin: 0; overflow-wrap: anywhere; white-space: pre-line; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden }
    .body { grid-column: 3 / -1; min-width: 0 }
    .type { align-self: start; margin-top: 4px }
    .type > span { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%) }
    .below { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px; align-items: center }
  `]

  static override properties = { shown: { attribute: false } }
  declare shown: Shown

  override render () {
    const { title, message, type, topic, action, isRecalled } = this.shown
    return html`<article aria-label="Preview">
      ${isRecalled ? html`<span></span>` : html`<span class="dot"></span>`}${typeMark(type)}
      <p class="title">${title ?? html`<span class="muted">${isRecalled ? 'Recalled' : 'Title'}</span>`}</p><span class="muted">${isRecalled ? '' : 'now'}</span>
      <div class="body">
        <p class="message">${message ?? html`<span class="muted">${isRecalled ? 'Its text is gone from every inbox and from the store.' : 'Message'}</span>`}</p>
        <div class="below">${topic ? html`<span class="chip">${topic}</span>` : nothing}${action ? html`<span class="chip">${action}</span>` : nothing}</div>
      </div>
    </article>`
  }
}

customElements.define('console-preview', ConsolePreview)
