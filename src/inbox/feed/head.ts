import { html, nothing, type TemplateResult } from 'lit'
import type { Words } from '../words/words.ts'
import { icons } from '../rows/icons.ts'
import type { Tab } from '../rows/row.ts'

export interface HeadParts {
  words: Words
  heading: string | undefined
  tab: Tab
  count: number
  countText: string
  isClosable: boolean
  direction: 'ltr' | 'rtl'
  onTab: (tab: Tab) => void
  onReadAll: () => void
  onClose: () => void
}

export const tabs: Tab[] = ['all', 'unread', 'archived']

/** The title where there is one, the tabs (https://www.w3.org/WAI/ARIA/apg/patterns/tabs/), and what is done with all. */
export function head ({ words, heading, tab, count, countText, isClosable, direction, onTab, onReadAll, onClose }: HeadParts): TemplateResult {
  const { messages } = words
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: direction === 'rtl' ? -1 : 1, ArrowLeft: direction === 'rtl' ? 1 : -1, Home: -tabs.indexOf(tab), End: tabs.length - 1 - tabs.indexOf(tab) }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length]!
    onTab(next)
    const list = event.currentTarget as HTMLElement
    list.querySelector<HTMLElement>(`[data-tab=${next}]`)?.focus()
  }
  const readAll = count > 0 && tab !== 'archived'
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
          ${tabs.map(name => html`<button type="button" role="tab" part="tab" class="tab" id="tab-${name}" data-tab=${name} aria-controls="panel" aria-selected=${name === tab} tabindex=${name === tab ? 0 : -1} @click=${() => onTab(name)}>${messages[name]}${name === 'unread' && count > 0 && heading === undefined ? html` <span class="number">${countText}</span>` : nothing}</button>`)}
        </div>
        ${readAll}
      </div>
    </div>`
}
