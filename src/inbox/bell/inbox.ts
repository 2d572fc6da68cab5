import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit'
import { BelfryElement } from '../base/element.ts'
import { hastenList, prefetchList } from '../feed/load.ts'
import { safeLink } from '../view/links.ts'
import { bellIcon } from './icon.ts'
import { Panel } from './panel.ts'
import { inboxStyles } from './styles.ts'

/** Slots and parts of the list that an application may use through the bell. */
const SLOTS = ['empty', 'empty-unread', 'empty-archived', 'error', 'signed-out']
const PARTS = 'feed,head,heading,tab,list,banner,new,day,item,read,unread,dot,type,icon,title,link,message,time,topic,note,action,tools,tool,duty,acknowledge,preferences,button,empty,error,loading,undo'

/**
 * A bell with the number of unread notifications, and a popover with the list.
 *
 * @fires belfry-open - The popover was opened
 * @fires belfry-click - As of `<belfry-feed>`
 * @fires belfry-action - As of `<belfry-feed>`
 * @slot bell - A picture instead of the bell
 * @slot empty, error, signed-out, item - As of `<belfry-feed>`
 */
export class BelfryInbox extends BelfryElement {
  static override styles = inboxStyles
  static override properties: PropertyDeclarations = {
    inboxUrl: { attribute: 'inbox-url' },
    noPreferences: { type: Boolean, attribute: 'no-preferences' },
    pushWorker: { attribute: 'push-worker' },
    pushScope: { attribute: 'push-scope' },
    isOpen: { state: true }
  }

  /** Where a link below the list leads: to a page with the whole inbox. */
  declare inboxUrl: string | undefined
  /** Whether the list has no tab for the reader's preferences. */
  declare noPreferences: boolean
  /** As of `<belfry-feed>`. */
  declare pushWorker: string | undefined
  declare pushScope: string | undefined
  protected declare isOpen: boolean
  readonly #panel = new Panel({
    find: selector => this.renderRoot.querySelector<HTMLElement>(selector)!,
    contains: path => path.includes(this),
    isRtl: () => this.direction === 'rtl',
    onOpen: isOpen => {
      this.isOpen = isOpen
      if (!isOpen) return
      // It must not be seen empty.
      this.performUpdate()
      this.tell('belfry-open', {})
    }
  })

  constructor () {
    super()
    this.isOpen = this.noPreferences = false
  }

  /** Whether the popover is open. */
  get open (): boolean { return this.isOpen }

  /** Opens the popover. */
  show (): void {
    if (this.hasUpdated) this.#panel.show()
  }

  /** Closes the popover. */
  hide (): void {
    this.#panel.hide()
  }

  protected override firstUpdated (): void {
    prefetchList()
  }

  override disconnectedCallback (): void {
    super.disconnectedCallback()
    this.#panel.set(false)
  }

  protected override render (): TemplateResult {
    const { words, isOpen, direction } = this
    const { messages } = words
    const { count, isMore } = this.unread
    const { isNative } = this.#panel
    const isDue = this.reminded !== undefined
    const name = [messages.title, count > 0 ? words.count(messages.unreadCount, count) : '', isDue ? words.count(messages.outstanding, 1) : ''].filter(Boolean).join(', ')
    const number = count === 0 ? '' : words.badge(count) + (isMore && count < 100 ? '+' : '')
    return html`
      <div dir=${direction} lang=${words.lang} @focusout=${this.#leave}>
        <button type="button" part="bell" class="bell" popovertarget=${isNative ? 'panel' : nothing} aria-haspopup="dialog" aria-expanded=${isOpen} aria-label=${name} @pointerenter=${hastenList} @focus=${hastenList} @click=${isNative ? nothing : () => this.#panel.set(!isOpen)}>
          <slot name="bell">${bellIcon}</slot>
          ${number === '' && !isDue ? nothing : html`<span part="badge" class="badge" aria-hidden="true" ?data-due=${isDue}>${number}${isDue ? '!' : ''}</span>`}
        </button>
        <div id="panel" part="panel" class="panel" popover=${isNative ? 'auto' : nothing} role="dialog" aria-label=${messages.title} tabindex="-1" ?data-open=${isOpen}
          @beforetoggle=${(event: ToggleEvent) => this.#panel.set(event.newState === 'open')}>
          ${isOpen ? this.#renderPanel() : nothing}
        </div>
        ${this.renderSaid()}
      </div>`
  }

  #renderPanel (): TemplateResult {
    const { words, topics, theme, iconOrigins, inboxUrl, messages } = this
    const link = safeLink(inboxUrl)
    return html`
      <belfry-feed contained closable exportparts=${PARTS} .heading=${words.messages.title} .client=${this.active} .fault=${this.fault} .messages=${messages} .topics=${topics} .noPreferences=${this.noPreferences} .pushWorker=${this.pushWorker} .pushScope=${this.pushScope} .iconOrigins=${iconOrigins} .lang=${this.lang || words.lang} .theme=${theme}
        .template=${this.querySelector<HTMLTemplateElement>(':scope > template[slot=item]') ?? undefined} @belfry-close=${this.#close}>
        ${SLOTS.map(name => this.querySelector(`:scope > [slot=${name}]`) ? html`<slot name=${name} slot=${name}></slot>` : nothing)}
      </belfry-feed>
      ${link === undefined ? nothing : html`<a part="full" class="full" href=${link}>${words.messages.full}</a>`}`
  }

  readonly #close = (event: Event) => {
    event.stopPropagation()
    this.hide()
  }

  /** Closes it when the focus goes on to the page, which it may cover. */
  readonly #leave = ({ relatedTarget }: FocusEvent) => {
    if (relatedTarget instanceof Node && !this.renderRoot.contains(relatedTarget) && !this.contains(relatedTarget)) this.hide()
  }
}
