import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { look } from '../../shared/look.ts'
import { asApiError, type ApiError, type Call, type Me } from '../access.ts'
import type { PageName, Route } from '../router.ts'
import { icon } from './icons.ts'
import { consoleStyle } from './style.ts'

/** A question before something that cannot be undone; `calls` are those that it makes. */
export interface Question {
  title: string
  text?: string
  /** What the button says: the verb. */
  action: string
  isDanger?: boolean
  calls: Call[]
}

/** What a page is given by the console around it. */
export interface ConsoleApp {
  me: Me
  /** Makes a call. Throws ApiError. */
  call: <T = any>(call: Call, signal?: AbortSignal) => Promise<T>
  /** Opens a stream of events. Throws ApiError. */
  open: (path: string, signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>
  href: (page: PageName, item?: string, query?: Record<string, string | undefined>) => string
  /** Goes to an address of `href`; `replace` keeps it out of the history. */
  go: (href: string, options?: { replace?: boolean }) => void
  /** Asks whether to go on. */
  confirm: (question: Question) => Promise<boolean>
  /** Says something short, for a moment. */
  say: (text: string) => void
  /** Asks the server again who one is, because what one may do seems to have changed. */
  recheck: () => void
}

/** A page of the console: it loads what its route asks for, and says what went wrong. */
export abstract class ConsoleView extends LitElement {
  static override styles = [look, consoleStyle]
  static override properties = { app: { attribute: false }, route: { attribute: false }, problem: { state: true }, isBusy: { state: true }, isLoading: { state: true } }

  declare app: ConsoleApp
  declare route: Route
  protected declare problem: ApiError | undefined
  /** Something is being done: nothing else is until then. Loading keeps nobody from doing anything. */
  protected declare isBusy: boolean
  protected declare isLoading: boolean
  #loading = new AbortController()

  constructor () {
    super()
    this.isBusy = false
    this.isLoading = false
  }

  /** Loads what the route asks for; called whenever the route changes. */
  protected load (_signal: AbortSignal): Promise<void> { return Promise.resolve() }

  /** Loads again. An answer to an older route is dropped. */
  protected reload = (): void => {
    this.#loading.abort()
    const { signal } = this.#loading = new AbortController()
    this.isLoading = true
    this.problem = undefined
    this.load(signal).catch((error: unknown) => {
      if (!signal.aborted) this.problem = asApiError(error)
    }).finally(() => { if (!signal.aborted) this.isLoading = false })
  }

  /** Does something that calls the server, one thing at a time; false if it was refused, which is shown. */
  protected async act (work: () => Promise<void>): Promise<boolean> {
    if (this.isBusy) return false
    this.isBusy = true
    this.problem = undefined
    try {
      await work()
      return true
    } catch (error) {
      this.problem = asApiError(error)
      await this.updateComplete
      this.renderRoot.querySelector<HTMLElement>('[aria-invalid=true], .note.error')?.focus()
      return false
    } finally {
      this.isBusy = false
    }
  }

  override willUpdate (changed: Map<string, unknown>): void {
    if (changed.has('route')) this.reload()
  }

  override disconnectedCallback (): void {
    super.disconnectedCallback()
    this.#loading.abort()
  }

  /** The inputs that search something here. */
  protected get searches (): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('[type=search]')]
  }

  /** What `/` goes to. */
  focusSearch (): void {
    this.searches.find(search => search.checkVisibility())?.focus()
  }

  /** What went wrong, in the server's words. */
  protected renderProblem (retry?: () => void): TemplateResult | typeof nothing {
    const { problem } = this
    if (!problem) return nothing
    return html`<div class="note error" role="alert" tabindex="-1">${icon('error')}<div>
      <p>${problem.message}</p>
      ${problem.errors.map(({ path, message }) => html`<p class="muted">${path === '/' ? '' : `${path.slice(1)}: `}${message}</p>`)}
      ${retry ? html`<button class="quiet" @click=${retry}>Try again</button>` : nothing}
    </div></div>`
  }

  /** The inputs for the texts of a notification, `title` and `message`. */
  protected renderTexts ({ title, message }: { title: string, message: string }, titleId = 'title'): TemplateResult {
    return html`<div><label for=${titleId}>Title</label><input id=${titleId} name="title" maxlength="200" .value=${title} aria-invalid=${this.wrong('title') !== undefined} aria-describedby="wrong-title">${this.renderWrong('title')}</div>
      <div><label for="message">Message</label><textarea id="message" name="message" maxlength="4000" .value=${message} aria-invalid=${this.wrong('message') !== undefined} aria-describedby="wrong-message"></textarea>${this.renderWrong('message')}</div>`
  }

  /** What is wrong with a field; its input is described by it. */
  protected renderWrong (name: string): TemplateResult | typeof nothing {
    const message = this.wrong(name)
    return message === undefined ? nothing : html`<p class="wrong" id="wrong-${name}">${message}</p>`
  }

  protected wrong (name: string): string | undefined {
    return this.problem?.errors.find(({ path }) => path === `/${name}` || path.startsWith(`/${name}/`))?.message
  }
}
