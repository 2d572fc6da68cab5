import { css, html, LitElement, nothing } from 'lit'
import { ApiError, type Api } from '../../shared/api.ts'
import '../../shared/controls/dialog.ts'
import '../../shared/controls/time.ts'
import { icon } from '../../shared/icons.ts'
import { look } from '../../shared/look.ts'
import type { Session } from '../../shared/session.ts'
import { deviceOf } from './device.ts'

/** As the API lists a session. */
interface OpenSession { id: string, created_at: string, last_used_at: string, address: string | null, user_agent: string | null, current: boolean }

/** `<belfry-sessions>`: the sessions of the user, each with a button that ends it, and one that ends all. */
export class Sessions extends LitElement {
  static override properties = { api: { attribute: false }, session: { attribute: false }, items: { state: true }, fault: { state: true } }
  static override styles = [look, css`
    :host { display: grid; gap: 12px; align-content: start }
    ul { border: 1px solid var(--line); border-radius: 10px; overflow: clip }
    li { display: grid; grid-template-columns: auto 1fr auto; align-items: center; gap: 4px 12px; padding: 12px 16px }
    li + li { border-top: 1px solid var(--line) }
    li > svg { color: var(--muted) }
    li > div { min-width: 0 }
    .name { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 8px }
    .chip { border-color: var(--success); color: var(--success) }
  `]

  declare api: Api
  declare session: Session
  declare items: OpenSession[] | undefined
  declare fault: string | undefined
  readonly #reload = () => this.#load()

  override connectedCallback (): void {
    super.connectedCallback()
    addEventListener('belfry-sessions-ended', this.#reload)
  }

  override disconnectedCallback (): void {
    super.disconnectedCallback()
    removeEventListener('belfry-sessions-ended', this.#reload)
  }

  protected override async firstUpdated (): Promise<void> {
    await this.#load()
  }

  async #load (): Promise<void> {
    await this.#try(async () => {
      this.items = (await this.api.get<{ items: OpenSession[] }>('api/auth/sessions')).items
      this.fault = undefined
    })
  }

  async #end ({ id, user_agent: agent }: OpenSession): Promise<void> {
    await this.#try(async () => {
      await this.api.delete(`api/auth/sessions/${encodeURIComponent(id)}`)
      this.dispatchEvent(new CustomEvent('belfry-toast', { detail: { text: `The session of ${deviceOf(agent)} has ended.` }, bubbles: true, composed: true }))
    })
    await this.#load()
    this.renderRoot.querySelector<HTMLElement>('.all')?.focus()
  }

  async #endAll (): Promise<void> {
    this.renderRoot.querySelector('belfry-dialog')!.hide()
    await this.#try(() => this.session.logout(true))
  }

  async #try (work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      // Nobody is logged in any more: the page shows the form.
      if (error.status !== 401) this.fault = error.message
    }
  }

  override render () {
    const { items, fault } = this
    const count = items?.length ?? 0
    return html`
      <div role="alert">${fault ? html`<p class="note error"><span aria-hidden="true">◆</span> ${fault} <button type="button" class="link" @click=${this.#reload}>Try again</button></p>` : nothing}</div>
      ${items === undefined && !fault ? html`<p class="muted" role="status">Loading…</p>` : nothing}
      ${count > 0
? html`<ul>${items!.map(item => this.#row(item))}</ul>
        <div class="row"><button type="button" class="danger all" @click=${() => this.renderRoot.querySelector('belfry-dialog')!.show()}>Log out everywhere</button></div>`
: nothing}
      <belfry-dialog heading="Log out everywhere?">
        <p>${count === 1 ? 'This ends the session here, the only one there is.' : `This ends all ${count} sessions, the one here too.`} Whoever needs your inbox has to log in again.</p>
        <button slot="actions" type="button" @click=${() => this.renderRoot.querySelector('belfry-dialog')!.hide()}>Cancel</button>
        <button slot="actions" type="button" class="primary" @click=${this.#endAll}>Log out everywhere</button>
      </belfry-dialog>`
  }

  #row (item: OpenSession) {
    const { address, last_used_at: usedAt, user_agent: agent, current: isCurrent } = item
    const device = deviceOf(agent)
    return html`<li>${icon('devices')}<div>
        <div class="name"><strong title=${agent ?? nothing}>${device}</strong>${isCurrent ? html`<span class="chip">This one</span>` : nothing}</div>
        <p class="muted small">${address ?? 'unknown address'} · used <belfry-time at=${usedAt}></belfry-time></p>
      </div>${isCurrent ? nothing : this.#button(item, device)}</li>`
  }

  #button (item: OpenSession, device: string) {
    return html`<button type="button" aria-label="End the session of ${device}" @click=${() => this.#end(item)}>End</button>`
  }
}

customElements.define('belfry-sessions', Sessions)
declare global { interface HTMLElementTagNameMap { 'belfry-sessions': Sessions } }
