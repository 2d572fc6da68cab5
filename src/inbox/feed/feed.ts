import { html, type PropertyDeclarations, type PropertyValues, type TemplateResult } from 'lit'
import { BelfryElement } from '../base/element.ts'
import { tokens } from '../base/tokens.ts'
import type { FeedHost } from './host.ts'
import { loadedList, loadList } from './load.ts'
import type { FeedView } from './view.ts'
import { failure, skeleton, waitingStyles } from './waiting.ts'

/**
 * The list of an inbox. What draws it is a module of its own, which is loaded when the first list is shown.
 *
 * @fires belfry-click - A notification was opened: `detail.item`. Cancelled, its link is not followed.
 * @fires belfry-action - An action was chosen: `detail.item`, `detail.action`. Cancelled, it is neither recorded nor followed.
 * @slot empty - Shown where there is nothing; `empty-unread` and `empty-archived` in the other tabs
 * @slot error - Shown where the list could not be loaded
 * @slot signed-out - Shown where the client is not connected any more
 * @slot item - A `<template>` for the content of each row, with texts where it has `data-field`
 */
export class BelfryFeed extends BelfryElement {
  static override styles = [tokens, waitingStyles]
  static override properties: PropertyDeclarations = {
    contained: { type: Boolean, reflect: true },
    heading: {},
    closable: { type: Boolean },
    noPreferences: { type: Boolean, attribute: 'no-preferences' },
    pushWorker: { attribute: 'push-worker' },
    pushScope: { attribute: 'push-scope' },
    template: { attribute: false },
    hasFailed: { state: true }
  }

  /** Whether it scrolls by itself, in a box of the page; else the page scrolls. */
  declare contained: boolean
  /** A title above the list. */
  declare heading: string | undefined
  /** Whether it has a button to close it, which dispatches `belfry-close`. */
  declare closable: boolean
  /** Whether it has no tab for the reader's preferences. */
  declare noPreferences: boolean
  /** The address of a service worker that shows pushes. Default: there is no switch for them. */
  declare pushWorker: string | undefined
  /** What that worker is for, relative to its address. Default: its folder. */
  declare pushScope: string | undefined
  /** The content of rows. Default: the child `<template slot="item">`. */
  declare template: HTMLTemplateElement | undefined
  /** Whether the module of the list could not be loaded. */
  protected declare hasFailed: boolean
  #view: FeedView | undefined
  /** Whether the focus is to go to what comes instead of the button that had it. */
  #wantsFocus = false

  constructor () {
    super()
    this.contained = this.closable = this.noPreferences = this.hasFailed = false
  }

  override connectedCallback (): void {
    super.connectedCallback()
    const list = loadedList()
    if (this.#view) this.#view.connect()
    else if (list) this.#begin(list)
    else this.#load()
  }

  override disconnectedCallback (): void {
    super.disconnectedCallback()
    this.#view?.disconnect()
  }

  protected override willUpdate (changed: PropertyValues): void {
    super.willUpdate(changed)
    this.#view?.willUpdate()
  }

  protected override render (): TemplateResult {
    const { words: { lang, messages }, direction } = this
    return this.#view?.render() ?? html`<div class="feed" part="feed" dir=${direction} lang=${lang}>${this.hasFailed ? failure(messages, () => this.#retry()) : skeleton(messages)}${this.renderSaid()}</div>`
  }

  protected override updated (): void {
    this.#view?.updated()
    if (!this.#wantsFocus) return
    const target = this.renderRoot.querySelector<HTMLElement>('.strong, [role=tab][aria-selected=true]')
    if (!target) return
    this.#wantsFocus = false
    target.focus()
  }

  #retry (): void {
    this.#wantsFocus = true
    this.#load()
  }

  #load (): void {
    this.hasFailed = false
    loadList().then(list => this.#begin(list), error => {
      this.hasFailed = true
      this.say(this.words.messages.error)
      // The list says it, and a listener of errors of the page hears why.
      reportError(error)
    })
  }

  #begin ({ FeedView }: typeof import('./view.ts')): void {
    if (!this.isConnected || this.#view) return
    this.#view = new FeedView(this as unknown as FeedHost, (this.constructor as typeof BelfryFeed).elementStyles)
    this.#view.connect()
    this.requestUpdate()
  }
}
