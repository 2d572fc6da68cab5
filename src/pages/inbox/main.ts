import { css, html, nothing } from 'lit'
import { Belfry, webSocket, type Inbox } from '../../client/index.ts'
import { sse } from '../../client/sse.ts'
import { indexedDb, storedDevice } from '../../client/storage.ts'
import '../../inbox/index.ts'
// The list is all there is to see: it must not wait for a second request.
import '../../inbox/feed/view.ts'
import { bell, icon } from '../shared/icons.ts'
import { iconOrigins } from '../shared/meta.ts'
import { AppPage } from '../shared/page.ts'
import { at, root } from '../shared/root.ts'
import './account/account.ts'

type View = 'inbox' | 'account'

const TITLE = document.title

/** `<belfry-inbox-page>`: the list of the user who is logged in, and the account (`#account`). */
class InboxPage extends AppPage {
  static override properties = { view: { state: true }, client: { state: true }, unread: { state: true } }
  static override styles = [AppPage.styles, css`
    :host { --sticky-top: calc(64px + env(safe-area-inset-top)) }
    header { position: sticky; z-index: 2; top: 0; background: var(--bg); border-bottom: 1px solid var(--line); padding-top: env(safe-area-inset-top) }
    .bar { display: flex; align-items: center; gap: 8px; max-width: 760px; min-height: 56px; margin: 0 auto; padding: 0 16px }
    .bar h1 { display: flex; align-items: center; gap: 8px; margin-inline-end: auto; font-size: 20px }
    .bar nav { display: flex; gap: 4px }
    .bar nav a { position: relative; color: var(--muted) }
    .bar nav a[aria-current] { color: var(--accent) }
    .bar nav a[aria-current]::after { content: ""; position: absolute; inset: auto 8px 0; height: 2px; border-radius: 2px; background: var(--accent) }
    main { max-width: 760px; margin: 0 auto; padding-bottom: env(safe-area-inset-bottom) }
    belfry-feed { --belfry-sticky-top: calc(57px + env(safe-area-inset-top)) }
    @media (max-width: 480px) {
      .bar nav a { padding-inline: 10px }
      .bar nav a .label { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
    }
  `]

  declare view: View
  declare client: Belfry | undefined
  declare unread: number
  readonly heading = 'Log in to your inbox'
  #inbox: Inbox | undefined
  #user: string | undefined

  constructor () {
    super()
    this.unread = 0
    this.view = viewOf(location.hash)
    addEventListener('hashchange', () => this.#show(viewOf(location.hash)))
  }

  protected override onSession (): void {
    const { user, state } = this.session
    if (state !== 'in' && state !== 'out') return
    if (user?.id === this.#user) return
    this.#user = user?.id
    // Whoever reads here next must not find what was kept for the user before.
    this.client?.logout().catch(reportError)
    this.client = user && this.#open(user.id)
    if (!user && location.hash !== '') history.replaceState(null, '', location.pathname + location.search)
    if (!user) this.view = 'inbox'
  }

  #open (userId: string): Belfry {
    let given: string | undefined
    const client = new Belfry(root.href.replace(/\/$/, ''), {
      // It asks again when the token that it got last is no good, or soon will not be.
      getToken: async () => {
        given = await this.session.token(given)
        // Somebody else may have logged in: their token is for their client.
        return this.session.user?.id === userId ? given : undefined
      },
      transports: [webSocket, sse],
      storage: indexedDb(),
      device: storedDevice()
    })
    // The client waits before it asks for a second token: that the session has ended is known at once.
    client.on('connecting', ({ code }) => { if (code === 4401) this.session.token(given).catch(() => {}) })
    this.#inbox = client.inbox()
    this.#inbox.subscribe(() => this.#count())
    client.connect()
    return client
  }

  #count (): void {
    this.unread = this.#inbox?.getSnapshot().unreadCount ?? 0
  }

  async #show (view: View): Promise<void> {
    this.view = view
    await this.updateComplete
    scrollTo(0, 0)
    this.renderRoot.querySelector<HTMLElement>('main')?.focus()
  }

  protected override updated (): void {
    super.updated()
    const isIn = this.session.state === 'in'
    const count = isIn && this.unread > 0 ? `(${this.unread > 99 ? '99+' : this.unread}) ` : ''
    document.title = count + (isIn && this.view === 'account' ? 'Account · Belfry' : TITLE)
    // The icon of the installed app has the count, where the system shows one.
    const badge = navigator as Navigator & { setAppBadge?: (count: number) => Promise<void> }
    badge.setAppBadge?.(isIn ? this.unread : 0).catch(() => {})
  }

  protected override renderPage () {
    const { view, client, unread } = this
    const link = (to: View, label: string, symbol: ReturnType<typeof icon>) => html`
      <a class="button quiet" href=${to === 'inbox' ? '#' : `#${to}`} aria-current=${view === to ? 'page' : nothing} aria-label=${to === 'inbox' && unread > 0 ? `${label}, ${unread} unread` : label}>${symbol}<span class="label">${label}</span></a>`
    return html`<header><div class="bar">
        <h1>${bell(28)}<span>${view === 'inbox' ? 'Inbox' : 'Account'}</span></h1>
        <nav aria-label="Pages">
          ${link('inbox', 'Inbox', icon('inbox'))}
          ${link('account', 'Account', icon('account'))}
        </nav>
      </div></header>
      <main tabindex="-1">${view === 'account'
        ? html`<belfry-account .session=${this.session} .api=${this.api} @belfry-toast=${({ detail }: CustomEvent) => this.toast(detail)}></belfry-account>`
        : html`<h2 class="hidden">Notifications</h2><belfry-feed lang="en" icon-origins=${iconOrigins.join(' ')} push-worker=${at('push-worker.js')} push-scope="inbox" .client=${client}></belfry-feed>`}</main>`
  }
}

function viewOf (hash: string): View {
  return hash === '#account' ? 'account' : 'inbox'
}

customElements.define('belfry-inbox-page', InboxPage)
