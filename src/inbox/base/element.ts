import { html, LitElement, type PropertyDeclarations, type PropertyValues, type TemplateResult } from 'lit'
import type { Inbox, InboxFilter, InboxItem, InboxSnapshot } from '@belfry/client'
import { en } from '../words/en.ts'
import { directionOf, knownLanguage, messagesIn } from '../words/locales.ts'
import type { Messages } from '../words/messages.ts'
import { put, Words } from '../words/words.ts'
import { isRequired } from '../view/duty.ts'
import { background } from './background.ts'
import { Announcer } from './announcer.ts'
import { closeClient, openClient, type BelfryClient, type GetToken } from './clients.ts'
import { missingOf, PATIENCE_MS } from './missing.ts'
import { Reminders } from './reminders.ts'

/** Clients that were connecting or connected since an element has them: also one that is drawn later knows of it. */
const wereConnected = new WeakSet<BelfryClient>()

/**
 * What the elements have in common: a client, their language and look, and that they are drawn once a frame, however
 * often something happens.
 */
export abstract class BelfryElement extends LitElement {
  static override properties: PropertyDeclarations = {
    url: {},
    topics: {},
    theme: { reflect: true },
    lang: { reflect: true },
    iconOrigins: { attribute: 'icon-origins' },
    client: { attribute: false },
    getToken: { attribute: false },
    messages: { attribute: false },
    said: { state: true },
    words: { state: true },
    fault: { state: true }
  }

  /** The base address of the server, for an element without a `client`. Elements of the same address share a client. */
  declare url: string | undefined
  /** The topics to show, by commas or spaces. Default: everything. */
  declare topics: string | undefined
  /** `light`, `dark`, or `auto`: as the system is set. Default: as the page's own `color-scheme`. */
  declare theme: string | undefined
  /** Origins, by commas or spaces, whose pictures are shown as icons. Default: none. */
  declare iconOrigins: string | undefined
  /** A client of `@belfry/client`, which the application connects. */
  declare client: BelfryClient | undefined
  /** Gets an access token, for an element with a `url`. */
  declare getToken: GetToken | undefined
  /** Texts that differ from those of the language. */
  declare messages: Partial<Messages> | undefined

  /** The text that is read out. */
  protected declare said: string
  protected declare words: Words
  /** Why there is no client: a wrong `url`, or no property to have one from. */
  protected declare fault: unknown
  /** The client in use. */
  protected active: BelfryClient | undefined
  /** The whole inbox, or that of the only topic: what is counted and read out. */
  protected inbox: Inbox | undefined
  protected snapshot: InboxSnapshot | undefined
  protected readonly announcer = new Announcer(text => this.say(text))
  protected reminders: Reminders | undefined
  #unsubscribe: (() => void) | undefined
  #endReminders: (() => void) | undefined
  /** Ends when there should have been a client. */
  #patience: ReturnType<typeof setTimeout> | undefined
  #hadClient = false
  #filter = ''
  #language = ''

  constructor () {
    super()
    this.words = new Words('en', en)
    this.said = ''
  }

  override connectedCallback (): void {
    super.connectedCallback()
    this.requestUpdate()
  }

  override disconnectedCallback (): void {
    super.disconnectedCallback()
    clearTimeout(this.#patience)
    this.#patience = undefined
    this.#release()
  }

  /** Several changes are drawn together, in the next frame. */
  protected override async scheduleUpdate (): Promise<void> {
    if (this.hasUpdated) await new Promise(resolve => requestAnimationFrame(resolve))
    // It was drawn meanwhile, because it could not wait.
    if (this.isUpdatePending) await super.scheduleUpdate()
  }

  protected override willUpdate (changed: PropertyValues): void {
    const language = this.#findLanguage()
    if (changed.has('messages') || language !== this.#language) this.#load(language)
    if (!this.isConnected) return
    this.#connect()
    this.snapshot = this.inbox?.getSnapshot()
    if (this.snapshot) this.announcer.take(this.snapshot, () => this.words)
    if (this.snapshot && this.snapshot.connection !== 'disconnected') wereConnected.add(this.active!)
  }

  /** Whether the client was connecting or connected since an element has it, or was taken away. */
  protected get wasConnected (): boolean { return this.active ? wereConnected.has(this.active) : this.#outer?.wasConnected ?? this.#hadClient }

  /** How many are unread of what is shown, and whether there may be more of them. */
  protected get unread (): { count: number, isMore: boolean } {
    const { snapshot, topicList } = this
    if (!snapshot || topicList.length === 0) return { count: snapshot?.unreadCount ?? 0, isMore: false }
    return { count: snapshot.items.filter(item => !item.read && isOfTopics(item, topicList)).length, isMore: snapshot.hasMore }
  }

  /** What the reader was reminded of: its id, and itself if it is loaded. */
  protected get reminded (): { id: string, item: InboxItem | undefined } | undefined {
    const id = this.reminders?.id
    if (id === undefined) return undefined
    const item = this.inbox?.getSnapshot().items.find(item => item.id === id)
    // Who has just acknowledged it may be reminded all the same.
    return item && !isRequired(item) ? undefined : { id, item }
  }

  /** A reminder in words, among which the title keeps its own direction. */
  protected reminderText ({ item }: { item: InboxItem | undefined }): string {
    const { messages } = this.words
    return item ? put(messages.reminder, { title: `\u2068${item.title}\u2069` }) : messages.reminderUnknown
  }

  /** Topics of the attribute. */
  protected get topicList (): string[] { return listOf(this.topics) }

  /** Where writing begins: as the page says, else as the language wants. */
  protected get direction (): 'ltr' | 'rtl' {
    const said = this.closest<HTMLElement>('[dir]')?.dir
    return said === 'rtl' || said === 'ltr' ? said : directionOf(this.#language)
  }

  /** Reads a text out, also the same one again. */
  protected say (text: string): void {
    this.said = this.said === text ? `${text}\u00a0` : text
  }

  protected renderSaid (): TemplateResult {
    return html`<p class="hidden" role="status">${this.said}</p>`
  }

  /** Dispatches an event that leaves the shadow tree; false if it was cancelled. */
  protected tell (name: string, detail: object, cancelable = false): boolean {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable }))
  }

  #findLanguage (): string {
    return knownLanguage(this.lang || this.closest<HTMLElement>('[lang]')?.lang || navigator.language)
  }

  #load (language: string): void {
    this.#language = language
    const use = (messages: Messages, words = language) => { this.words = new Words(words, { ...messages, ...this.messages }) }
    // Until the texts are there, numbers and times are English too.
    if (this.hasUpdated) use(this.words.messages, this.words.lang)
    else use(en, language.startsWith('en') ? language : 'en')
    background(messagesIn(language).then(messages => {
      if (this.#language === language) use(messages, messages === en && !language.startsWith('en') ? 'en' : language)
    }))
  }

  /** Gets the client and the list that the properties ask for. */
  #connect (): void {
    const filter = topicOf(this.topicList)
    const key = JSON.stringify(filter)
    // An attribute that is removed is null.
    const wanted = this.client ?? (this.getToken && this.url) ?? undefined
    if (wanted === undefined) {
      this.#release()
      // An application that has taken its client away knows of that.
      if (!this.#outer && !this.#hadClient) this.#patience ??= setTimeout(() => this.#fail(missingOf(this)), PATIENCE_MS)
      return
    }
    clearTimeout(this.#patience)
    const isSame = this.active !== undefined && (this.client ? this.active === this.client : this.#url === this.url)
    if (isSame && key === this.#filter && this.#unsubscribe) return
    if (!isSame) {
      this.#release()
      try {
        this.active = this.client ?? openClient(this.url!, this)
        this.#url = this.client ? undefined : this.url
        this.fault = undefined
      } catch (error) {
        if (this.fault === undefined) this.#fail(error)
        return
      }
      this.#hadClient = true
      this.announcer.begin(this.active)
      this.reminders = Reminders.of(this.active)
      this.#endReminders = this.reminders.subscribe(isNew => {
        const { reminded } = this
        if (isNew && reminded) this.announcer.remind(this.reminderText(reminded), () => this.words)
        this.requestUpdate()
      })
    }
    this.#unsubscribe?.()
    this.#filter = key
    this.inbox = this.active!.inbox(filter)
    this.#unsubscribe = this.inbox.subscribe(() => this.requestUpdate())
  }

  #url: string | undefined

  /** A listener of errors of the page hears of it; the element says it too. */
  #fail (error: unknown): void {
    reportError(error)
    this.fault = error
  }

  /** The bell around a list: it has the client, and knows why it has none. */
  get #outer (): BelfryElement | undefined {
    const { host } = this.getRootNode() as ShadowRoot
    return host instanceof BelfryElement ? host : undefined
  }

  #release (): void {
    this.#unsubscribe?.()
    this.#endReminders?.()
    this.#endReminders = this.#unsubscribe = this.inbox = this.snapshot = this.reminders = undefined
    this.announcer.end()
    if (this.active && this.#url !== undefined) closeClient(this.active, this)
    this.active = this.#url = undefined
  }
}

/** Whether an item is of one of the topics, of which none are all. */
export function isOfTopics (item: InboxItem, topics: string[]): boolean {
  return topics.length === 0 || topics.includes(item.data.topic ?? '')
}

/** The filter that the server knows for some topics: it has one for a single one. */
export function topicOf (topics: string[]): InboxFilter {
  return topics.length === 1 ? { topic: topics[0]! } : {}
}

/** Names that stand in a text, by commas or spaces. */
export function listOf (text: string | undefined): string[] {
  return text?.split(/[\s,]+/).filter(Boolean) ?? []
}
