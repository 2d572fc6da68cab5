import { html, nothing } from 'lit'
import { notificationTypes } from '../../../protocol/notification.ts'
import { pathOf, type Call } from '../access.ts'
import { assertTitle, withInput } from '../parts/forms.ts'
import { ConsoleView } from '../parts/page.ts'
import { when, whenDue } from '../parts/when.ts'
import { audienceText, senderText } from '../parts/words.ts'
import '../../shared/controls/copy.ts'
import '../parts/curl.ts'
import './preview.ts'
import { countRecipients, recall } from './reach.ts'
import type { SentNotification } from './sent.ts'

/** `<console-sent-detail>`: one notification that was sent, to read, edit and recall. Properties `sent`, `closeHref`; event `changed`. */
export class ConsoleSentDetail extends ConsoleView {
  static override properties = { ...ConsoleView.properties, sent: { attribute: false }, closeHref: {}, edited: { state: true } }

  declare sent: SentNotification
  declare closeHref: string
  /** The texts of the form, while it is open. */
  protected declare edited: { title: string, message: string, type: string } | undefined

  override willUpdate (changed: Map<string, unknown>): void {
    const before = changed.get('sent') as SentNotification | undefined
    if (before && before.id !== this.sent.id) this.edited = undefined
  }

  override render () {
    const { sent } = this
    const isRecalled = sent.recalled_at !== null
    const isExpired = sent.expires_at !== null && Date.parse(sent.expires_at) < Date.now()
    return html`<section class="card" aria-labelledby="title">
      <div class="head"><h2 id="title">Notification</h2><a class="button quiet" href=${this.closeHref}>Close</a></div>
      ${this.renderProblem()}
      <console-preview .shown=${{ ...sent, isRecalled }}></console-preview>
      ${sent.message && sent.message.length > 120 ? html`<details><summary>The whole message</summary><p>${sent.message}</p></details>` : nothing}
      <dl>
        <dt>To</dt><dd>${audienceText(sent.audience)}</dd>
        <dt>By</dt><dd>${senderText(sent.sender)}</dd>
        <dt>Sent</dt><dd>${when(sent.sent_at, true)}</dd>
        ${sent.expires_at ? html`<dt>${isExpired ? 'Expired' : 'Expires'}</dt><dd>${whenDue(sent.expires_at, true)}</dd>` : nothing}
        ${sent.recalled_at ? html`<dt>Recalled</dt><dd>${when(sent.recalled_at, true)}</dd>` : nothing}
        <dt>Revision</dt><dd>${sent.revision}</dd>
        <dt>Id</dt><dd class="mono">${sent.id} <belfry-copy .value=${sent.id} label="Copy the id"></belfry-copy></dd>
      </dl>
      ${isRecalled
? nothing
: this.edited
  ? this.#renderForm(this.edited)
  : html`<div class="row">${isExpired ? nothing : html`<button @click=${this.#edit}>Edit</button>`}<button class="danger" aria-disabled=${this.isBusy} @click=${this.#recall}>Recall</button></div>`}
    </section>`
  }

  #renderForm ({ title, message, type }: { title: string, message: string, type: string }) {
    return html`<form class="stack" novalidate @submit=${this.#save} @input=${this.#read}>
      ${this.renderTexts({ title, message }, 'title-field')}
      <div><label for="type">Type</label><select id="type" name="type">${notificationTypes.map(name => html`<option .selected=${type === name}>${name}</option>`)}</select></div>
      <p class="hint">Whoever has it gets the new text; who read it stays who read it.</p>
      <div class="row"><button class="primary" aria-disabled=${this.isBusy}>Save</button><button type="button" @click=${() => { this.edited = undefined }}>Cancel</button></div>
      <console-curl .calls=${[this.#call()]}></console-curl>
    </form>`
  }

  #call (): Call {
    return { method: 'PATCH', path: pathOf(['broadcast', this.sent.id]), body: { ...this.edited, revision: this.sent.revision } }
  }

  #edit = (): void => {
    const { title, message, type } = this.sent
    this.edited = { title: title ?? '', message: message ?? '', type }
    this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('#title-field')?.focus()).catch(() => {})
  }

  #read = (event: Event): void => {
    this.edited = withInput(this.edited!, event)
  }

  #save = (event: Event): void => {
    event.preventDefault()
    this.act(async () => {
      assertTitle(this.edited!.title)
      await this.app.call(this.#call())
      this.edited = undefined
      this.app.say('Edited.')
      this.dispatchEvent(new Event('changed'))
    }).catch(() => {})
  }

  #recall = (): void => {
    this.act(async () => {
      const recipients = await countRecipients(this.app, this.sent.audience).catch(() => undefined)
      if (await recall(this.app, this.sent.id, recipients)) this.dispatchEvent(new Event('changed'))
    }).catch(() => {})
  }
}

customElements.define('console-sent-detail', ConsoleSentDetail)
