import { html, nothing, type CSSResultGroup } from 'lit'
import { keyed } from 'lit/directives/keyed.js'
import '../shared/controls/copy.ts'
import { bell, icon as sharedIcon } from '../shared/icons.ts'
import { AppPage } from '../shared/page.ts'
import { at, root } from '../shared/root.ts'
import { asApiError, isAdmin, isPlatformAdmin, type ApiError, type Me } from './access.ts'
import { callsOf } from './calls.ts'
import './help.ts'
import './log/log.ts'
import './overview/overview.ts'
import './parts/ask.ts'
import { icon } from './parts/icons.ts'
import type { ConsoleApp, ConsoleView, Question } from './parts/page.ts'
import { consoleStyle } from './parts/style.ts'
import './people/groups.ts'
import './people/keys.ts'
import './people/users.ts'
import { hrefOf, PAGES, pagesFor, routeOf, titleOf, type PageName, type Route } from './router.ts'
import './sending/compose.ts'
import './sending/scheduled.ts'
import './sending/sent.ts'
import { shellStyle } from './shell.ts'
import './topics/topics.ts'
import './webhooks/webhooks.ts'

const TITLE = document.title

/** The page of the console: who may use it, the rail, and the page of the address. */
class ConsolePage extends AppPage {
  static override styles: CSSResultGroup = [AppPage.styles, consoleStyle, shellStyle]
  static override properties = { route: { state: true }, me: { state: true }, fault: { state: true }, isWaiting: { state: true } }

  readonly heading = 'Log in to the console'
  declare route: Route
  declare me: Me | undefined
  declare fault: ApiError | undefined
  /** A call has not been answered for some seconds. */
  declare isWaiting: boolean
  #app: ConsoleApp | undefined
  #isAsking = false
  /** Something happened while the server was asked: its answer may be of before. */
  #isStale = false

  constructor () {
    super()
    this.route = routeOf(root.pathname, location)
    this.isWaiting = false
  }

  override connectedCallback (): void {
    super.connectedCallback()
    window.addEventListener('popstate', this.#onPop)
    this.addEventListener('click', this.#onClick)
    window.addEventListener('keydown', this.#onKey)
    document.addEventListener('visibilitychange', this.#onVisible)
  }

  override disconnectedCallback (): void {
    super.disconnectedCallback()
    window.removeEventListener('popstate', this.#onPop)
    window.removeEventListener('keydown', this.#onKey)
    document.removeEventListener('visibilitychange', this.#onVisible)
  }

  protected override onSession (): void {
    const { state, user } = this.session
    // Another user may have logged in in another tab.
    const isOther = state === 'in' && this.me?.id !== user!.id
    if (state === 'out' || isOther) {
      this.me = undefined
      this.#app = undefined
    }
    // After a refresh too: role and company may be others by now. Not after one of the question's own, which would never end with short tokens.
    if (state === 'in' && !this.#isAsking) this.#ask().catch(() => {})
  }

  protected override updated (): void {
    super.updated()
    const { me, route } = this
    document.title = me && isAdmin(me) ? titleOf(route, pagesFor(me).find(({ name }) => name === route.page)?.title) : TITLE
  }

  protected override renderPage () {
    const { me, fault } = this
    if (!me) return html`<main class="wait" tabindex=${fault ? -1 : nothing}>${fault ? html`<h1>The console can't be opened</h1><p>${fault.message}</p><button class="primary" @click=${this.#ask}>Try again</button>` : html`<p role="status" class="muted">Loading…</p>`}</main>`
    if (!isAdmin(me)) return this.#renderStranger(me)
    const pages = pagesFor(me)
    const current = pages.find(({ name }) => name === this.route.page)
    return html`<nav aria-label="Console">
        <button class="skip" @click=${this.#skip}>Skip to the content</button>
        <div class="brand"><a href=${hrefOf(root.pathname, pages[0]!.name)}>${bell(24)}<span>Belfry</span></a>
          <button class="quiet menu" popovertarget="pages">${sharedIcon('menu')}<span>${current?.title ?? 'Menu'}</span></button></div>
        <div class="pages" id="pages" popover @beforetoggle=${this.#onMenu}>
          <ul>${pages.map(({ name, title }) => html`<li><a href=${hrefOf(root.pathname, name)} aria-current=${name === this.route.page ? 'page' : nothing}>${icon(name)}${title}</a></li>`)}</ul>
          <div class="who"><p class="muted">${me.username ?? me.id}<br>${isPlatformAdmin(me) ? 'Platform admin' : `Admin of ${me.company}`}</p>
            <p class="links"><a href=${at('inbox')}>Inbox</a> <a href=${at('docs')}>API</a> <button class="link" @click=${this.#help}>Help</button> <button class="link" @click=${() => this.session.logout().catch(error => this.toast({ text: asApiError(error).message, isError: true }))}>Log out</button></p></div>
        </div>
      </nav>
      <main id="main" tabindex="-1">${current ? keyed(this.#app, this.#renderCurrent(current.name)) : this.#renderMissing()}</main>
      <div class="waiting" role="status">${this.isWaiting ? html`<p>Waiting for the server… What you typed stays.</p>` : nothing}</div>
      <console-ask></console-ask><console-help></console-help>`
  }

  /** Made anew for another user, or another role of the same one: nothing of what the former saw stays. */
  #renderCurrent (name: PageName) {
    const app = this.#app!
    const { route } = this
    switch (name) {
      case 'overview': return html`<console-overview id="view" .app=${app} .route=${route}></console-overview>`
      case 'compose': return html`<console-compose id="view" .app=${app} .route=${route}></console-compose>`
      case 'sent': return html`<console-sent id="view" .app=${app} .route=${route}></console-sent>`
      case 'scheduled': return html`<console-scheduled id="view" .app=${app} .route=${route}></console-scheduled>`
      case 'users': return html`<console-users id="view" .app=${app} .route=${route}></console-users>`
      case 'groups': return html`<console-groups id="view" .app=${app} .route=${route}></console-groups>`
      case 'topics': return html`<console-topics id="view" .app=${app} .route=${route}></console-topics>`
      case 'webhooks': return html`<console-webhooks id="view" .app=${app} .route=${route}></console-webhooks>`
      case 'keys': return html`<console-keys id="view" .app=${app} .route=${route}></console-keys>`
      case 'log': return html`<console-log id="view" .app=${app} .route=${route}></console-log>`
    }
  }

  #renderMissing () {
    const isThere = PAGES.some(({ name }) => name === this.route.page)
    return html`<h1>${isThere ? 'Your role can\'t see this page' : 'There is no such page'}</h1><p>${isThere ? 'A platform admin can.' : 'The address may be mistyped.'} <a href=${hrefOf(root.pathname, 'compose')}>Compose a notification</a></p>`
  }

  #renderStranger ({ username, id }: Me) {
    return html`<main class="wait" tabindex="-1">${bell(40)}<h1>Your role can't use the console</h1><p>${username ?? id} is no admin. An admin can.</p>
      <p class="row"><a class="button primary" href=${at('inbox')}>Open your inbox</a><button @click=${() => this.session.logout().catch(() => {})}>Log out</button></p></main>`
  }

  /** Asks the server who one is: what is shown follows from that. */
  #ask = async (): Promise<void> => {
    this.#isStale = this.#isAsking
    if (this.#isAsking) return
    this.#isAsking = true
    this.fault = undefined
    const { user } = this.session
    // Somebody else may log in meanwhile: then this answers nothing, and it is asked again.
    const isStill = () => this.session.user?.id === user?.id
    try {
      const me = await this.api.get<Me>('api/auth/me')
      if (!isStill()) return
      const isSame = this.me && JSON.stringify(me) === JSON.stringify(this.me)
      if (isSame) return
      this.#app = this.#appOf(me)
      this.me = me
      if (isAdmin(me) && !isPlatformAdmin(me) && this.route.page === 'overview' && !location.pathname.includes('/overview')) this.#go(hrefOf(root.pathname, 'compose'), { replace: true })
    } catch (error) {
      if (isStill()) this.fault = asApiError(error)
    } finally {
      this.#isAsking = false
      if (this.session.user && (this.#isStale || !isStill())) this.#ask().catch(() => {})
    }
  }

  #appOf (me: Me): ConsoleApp {
    return {
      me,
      ...callsOf({
        api: this.api,
        session: this.session,
        // What somebody may do can change while the page is open.
        onRefused: () => { this.#ask().catch(() => {}) },
        onWaiting: isWaiting => { this.isWaiting = isWaiting }
      }),
      href: (page, item, query) => hrefOf(root.pathname, page, item, query),
      go: (href, options) => this.#go(href, options),
      confirm: async (question: Question) => await this.renderRoot.querySelector('console-ask')!.ask(question),
      say: text => this.toast({ text }),
      recheck: () => { this.#ask().catch(() => {}) }
    }
  }

  #go (href: string, { replace = false }: { replace?: boolean } = {}): void {
    const { page, item } = this.route
    history[replace ? 'replaceState' : 'pushState'](null, '', href)
    this.route = routeOf(root.pathname, location)
    this.#arrived(page !== this.route.page || item !== this.route.item)
  }

  /** On another page, what reads and what scrolls begins at its top. */
  #arrived (isOther: boolean): void {
    const pages = this.renderRoot.querySelector<HTMLElement>('#pages')
    if (pages?.matches(':popover-open')) pages.hidePopover()
    if (!isOther) return
    // Nothing tells the page that rights were taken away: it asks where it would show something else.
    if (this.me) this.#ask().catch(() => {})
    window.scrollTo(0, 0)
    this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('main')?.focus()).catch(() => {})
  }

  #onPop = (): void => {
    const { page, item } = this.route
    this.route = routeOf(root.pathname, location)
    this.#arrived(page !== this.route.page || item !== this.route.item)
  }

  /** Somebody has come back to this tab. */
  #onVisible = (): void => {
    if (document.visibilityState === 'visible' && this.me) this.#ask().catch(() => {})
  }

  /** Browsers lose the focus when a popover of a shadow tree closes around it. */
  #onMenu = ({ newState, target }: ToggleEvent): void => {
    const pages = target as Element
    if (newState === 'open' || !pages.matches(':focus-within')) return
    // By then somebody may have gone on to something else; what is hidden keeps the focus until the next frame is drawn.
    const isLost = (active: Element | null) => !active || pages.contains(active)
    requestAnimationFrame(() => { if (isLost(this.shadowRoot!.activeElement)) this.renderRoot.querySelector<HTMLElement>('.menu')?.focus() })
  }

  #skip = (): void => {
    this.renderRoot.querySelector<HTMLElement>('main')?.focus()
  }

  /** Links between pages of the console load nothing. */
  #onClick = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = event.composedPath().find(node => node instanceof HTMLAnchorElement)
    if (!(link instanceof HTMLAnchorElement) || link.target !== '' || link.origin !== location.origin || !`${link.pathname}/`.startsWith(`${root.pathname}console/`)) return
    event.preventDefault()
    this.#go(link.href)
  }

  #help = (): void => { this.renderRoot.querySelector('console-help')?.show().catch(() => {}) }

  #onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.renderRoot.querySelector('console-help')?.areKeysOn) return
    const [target] = event.composedPath()
    if (target instanceof Element && target.matches('input:not([type=checkbox], [type=radio]), textarea, select')) return
    if (event.composedPath().some(node => node instanceof HTMLDialogElement)) return
    if (event.key === '?') this.#help()
    else if (event.key === '/') this.renderRoot.querySelector<ConsoleView>('#view')?.focusSearch()
    else return
    event.preventDefault()
  }
}

customElements.define('belfry-console-page', ConsolePage)
