import { html, nothing, type TemplateResult } from 'lit'
import type { Words } from '../words/words.ts'
import { icons } from '../rows/icons.ts'
import type { Tab } from '../rows/row.ts'

/** What a tab shows: a list, or what the reader prefers. */
export type Shown = Tab | 'preferences'

export interface HeadParts {
  words: Words
  heading: string | undefined
  tab: Shown
  hasPreferences: boolean
  count: number
  countText: string
  isClosable: boolean
  direction: 'ltr' | 'rtl'
  onTab: (tab: Shown) => void
  onReadAll: () => void
  onClose: () => void
}

const lists: Tab[] = ['all', 'unread', 'archived']

/** The title where there is one, the tabs (https://www.w3.org/WAI/ARIA/apg/patterns/tabs/), and what is done with all. */
export function head ({ words, heading, tab, hasPreferences, count, countText, isClosable, direction, onTab, onReadAll, onClose }: HeadParts): TemplateResult {
  const { messages } = words
  const tabs: Shown[] = hasPreferences ? [...lists, 'preferences'] : lists
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: direction === 'rtl' ? -1 : 1, ArrowLeft: direction === 'rtl' ? 1 : -1, Home: -tabs.indexOf(tab), End: tabs.length - 1 - tabs.indexOf(tab) }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length]!
    onTab(next)
    const list = event.currentTarget as HTMLElement
    list.querySelector<HTMLElement>(`[data-tab=${next}]`)?.focus()
  }
  const readAll = count > 0 && (tab === 'all' || tab === 'unread')
    ? html`<button type="button" part="button" class="quiet" @click=${onReadAll}>${messages.markAllAsRead}</button>`
    : nothing
  return html`
    <div class="head" part="head">
      ${heading === undefined
        ? nothing
        : html`
          <div class="line first">
            <div class="titles"><h2 class="heading" part="heading">${heading}</h2> ${count > 0 ? html`<span class="count">${words.count(messages.unreadCount, count)}</span>` : nothing}</div>
            ${isClosable ? html`<button type="button" class="tool close" title=${messages.close} aria-label=${messages.close} @click=${onClose}>${icons.close}</button>` : nothing}
          </div>`}
      <div class="line">
        <div class="tabs" role="tablist" aria-label=${messages.title} @keydown=${move}>
          ${tabs.map(name => html`<button type="button" role="tab" part="tab" class="tab" id="tab-${name}" data-tab=${name} title=${name === 'preferences' ? messages.preferences : nothing} aria-controls="panel" aria-selected=${name === tab} tabindex=${name === tab ? 0 : -1} @click=${() => onTab(name)}>${name === 'preferences' ? html`${icons.preferences}<span class="hidden">${messages.preferences}</span>` : messages[name]}${name === 'unread' && count > 0 && heading === undefined ? html` <span class="number">${countText}</span>` : nothing}</button>`)}
        </div>
        ${readAll}
      </div>
    </div>`
}
