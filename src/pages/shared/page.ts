import { css, html, LitElement, type CSSResultGroup } from 'lit'
import { keyed } from 'lit/directives/keyed.js'
import { Api } from './api.ts'
import './controls/toast.ts'
import type { Toast } from './controls/toast.ts'
import './login.ts'
import { look } from './look.ts'
import { bell } from './icons.ts'
import './reauthenticate.ts'
import { Session } from './session.ts'

/**
 * A page for somebody who is logged in: it shows the form until then, and again after a logout in any tab. `renderPage`
 * is what it shows to them. `api` calls the API as the user, `toast` says something short.
 */
export abstract class AppPage extends LitElement {
  static override styles: CSSResultGroup = [look, css`
    .wait { display: grid; min-height: 100dvh; padding: 32px 16px; place-content: center; justify-items: center; gap: 16px; text-align: center }
    .wait .bell { animation: late .4s ease-out }
    main:focus-visible { outline: none }
    @keyframes late { from, 50% { opacity: 0 } }
  `]

  readonly session = new Session()
  readonly api = new Api(this.session)
  /** The heading of the form: what somebody logs in to. */
  abstract readonly heading: string
  #hadFocus = false
  #wantsFocus = false

  override connectedCallback (): void {
    super.connectedCallback()
    this.session.subscribe(() => {
      this.onSession()
      this.requestUpdate()
    })
    this.session.start().catch(() => {})
  }

  protected override willUpdate (): void {
    this.#hadFocus = this.shadowRoot!.activeElement !== null
  }

  /** Where what had the focus is gone, as the form is after a login, the focus goes on to what comes in its place. */
  protected override updated (): void {
    const isLost = this.shadowRoot!.activeElement === null
    this.#wantsFocus = isLost && (this.#wantsFocus || this.#hadFocus)
    const main = this.#wantsFocus && this.renderRoot.querySelector<HTMLElement>('main[tabindex]')
    if (!main) return
    this.#wantsFocus = false
    main.focus()
  }

  /** Called after each login, logout and refresh. */
  protected onSession (): void {}

  toast (toast: Toast): void {
    this.renderRoot.querySelector('belfry-toast')?.show(toast)
  }

  override render () {
    const { session } = this
    switch (session.state) {
      case 'starting': return html`<div class="wait" role="status">${bell(40)}<span class="hidden">Loading</span></div>`
      case 'unreachable': return html`<main class="wait" tabindex="-1">${bell(40)}<h1>The server can't be reached</h1><p class="muted">Check your connection. Nothing is lost meanwhile.</p><button class="primary" @click=${() => session.start()}>Try again</button></main>`
      case 'out': return html`<belfry-login heading=${this.heading} .session=${session}></belfry-login>`
      // Made anew for another user: nothing of what the former saw stays.
      case 'in': return keyed(session.user!.id, html`${this.renderPage()}<belfry-reauthenticate .api=${this.api} username=${session.user!.username ?? ''}></belfry-reauthenticate><belfry-toast></belfry-toast>`)
    }
  }

  protected abstract renderPage (): unknown
}
