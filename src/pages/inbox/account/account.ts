import { css, html, LitElement, nothing } from 'lit'
import type { Api } from '../../shared/api.ts'
import { icon } from '../../shared/icons.ts'
import { look } from '../../shared/look.ts'
import type { Session } from '../../shared/session.ts'
import './password-form.ts'
import './sessions.ts'

/**
 * `<belfry-account>`: who is logged in, their password and their sessions.
 *
 * @fires belfry-toast - `detail` is a Toast to show.
 */
export class Account extends LitElement {
  static override properties = { session: { attribute: false }, api: { attribute: false } }
  static override styles = [look, css`
    :host { padding: 24px 16px 48px }
    .stack { gap: 32px }
    section { display: grid; gap: 12px }
    dl { display: grid; grid-template-columns: minmax(88px, auto) 1fr; gap: 4px 16px }
    dt { color: var(--muted) }
    dd { min-width: 0; overflow-wrap: anywhere }
  `]

  declare session: Session
  declare api: Api

  async #logout (): Promise<void> {
    try {
      await this.session.logout()
    } catch (error) {
      this.dispatchEvent(new CustomEvent('belfry-toast', { detail: { text: (error as Error).message, isError: true } }))
    }
  }

  override render () {
    const { user } = this.session
    if (!user) return nothing
    const { username, name, email, id, role, company } = user
    return html`<div class="stack">
      <section aria-labelledby="who">
        <h2 id="who">${name ?? username ?? id}</h2>
        <dl>
          <dt>Role</dt><dd>${role}</dd>
          <dt>Company</dt><dd>${company ?? 'none'}</dd>
          ${name !== undefined && username !== undefined ? html`<dt>Username</dt><dd>${username}</dd>` : nothing}
          ${email === undefined ? nothing : html`<dt>Email</dt><dd>${email}</dd>`}
          <dt>Id</dt><dd class="mono">${id}</dd>
        </dl>
        <div class="row"><button type="button" @click=${this.#logout}>${icon('logout')}Log out</button></div>
      </section>
      <section aria-labelledby="sessions">
        <h2 id="sessions">Where you're logged in</h2>
        <belfry-sessions .api=${this.api} .session=${this.session}></belfry-sessions>
      </section>
      <section aria-labelledby="password">
        <h2 id="password">Change your password</h2>
        <belfry-password-form .api=${this.api} username=${username ?? ''}></belfry-password-form>
      </section>
    </div>`
  }
}

customElements.define('belfry-account', Account)
declare global { interface HTMLElementTagNameMap { 'belfry-account': Account } }
