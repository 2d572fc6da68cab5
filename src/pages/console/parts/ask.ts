import { html, LitElement, nothing } from 'lit'
import '../../shared/controls/dialog.ts'
import { look } from '../../shared/look.ts'
import './curl.ts'
import type { Question } from './page.ts'
import { consoleStyle } from './style.ts'

/** `<console-ask>`: the dialog that asks before something is done. */
export class ConsoleAsk extends LitElement {
  static override styles = [look, consoleStyle]
  static override properties = { question: { state: true } }

  protected declare question: Question | undefined
  #answer: ((isYes: boolean) => void) | undefined

  /** Resolves to whether to go on; Escape is no. */
  async ask (question: Question): Promise<boolean> {
    this.#settle(false)
    this.question = question
    await this.updateComplete
    const answer = new Promise<boolean>(resolve => { this.#answer = resolve })
    await this.renderRoot.querySelector('belfry-dialog')!.show()
    return await answer
  }

  override render () {
    const { question } = this
    return html`<belfry-dialog heading=${question?.title ?? ''} @close=${() => this.#settle(false)}>
      ${question?.text ? html`<p>${question.text}</p>` : nothing}
      ${question ? html`<console-curl .calls=${question.calls}></console-curl>` : nothing}
      <button slot="actions" type="button" autofocus @click=${() => this.#settle(false)}>Cancel</button>
      <button slot="actions" type="button" class=${question?.isDanger ? 'danger' : 'primary'} @click=${() => this.#settle(true)}>${question?.action}</button>
    </belfry-dialog>`
  }

  #settle (isYes: boolean): void {
    const answer = this.#answer
    this.#answer = undefined
    this.renderRoot.querySelector('belfry-dialog')?.hide()
    answer?.(isYes)
  }
}

customElements.define('console-ask', ConsoleAsk)

declare global { interface HTMLElementTagNameMap { 'console-ask': ConsoleAsk } }
