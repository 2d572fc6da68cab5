import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { Chunk } from '../view/chunks.ts'
import type { DayOfChunks } from '../view/model.ts'
import type { Foot } from '../view/state.ts'
import { row, type RowContext } from './row.ts'
import { chunk, type ChunkWatch } from './watch.ts'

export interface ListParts {
  days: readonly DayOfChunks[]
  foot: Foot
  watch: ChunkWatch
  /** The chunk that has the focus stays, however far away. */
  focused: string | undefined
  context: RowContext
  onOlder: () => void
}

/** The first chunks are drawn before it is known what is seen. */
const FIRST = 2

/** The list: a heading and a feed for each day (https://www.w3.org/WAI/ARIA/apg/patterns/feed/). */
export function list ({ days, foot, watch, focused, context, onOlder }: ListParts): TemplateResult {
  let count = 0
  const rowsOf = ({ key, items }: Chunk, before: number, size: number) => {
    const isDrawn = key === focused || watch.isNear(key, count++ < FIRST)
    const rows = isDrawn ? repeat(items, ({ id }) => id, (item, index) => row(item, before + index + 1, size, context)) : nothing
    return { isDrawn, content: html`<div class="chunk" ${chunk(watch, key, items.length, isDrawn)}>${rows}</div>` }
  }
  const day = ({ key, start, items, chunks }: DayOfChunks, index: number) => {
    let before = 0
    // Of the last day there may be more than is known.
    const size = index === days.length - 1 && foot !== 'end' ? -1 : items.length
    const drawn = chunks.map(part => {
      const result = rowsOf(part, before, size)
      before += part.items.length
      return result
    })
    return html`
      <section class="day">
        <h3 part="day" id="d-${key}">${context.words.day(start, context.now)}</h3>
        <div role="feed" aria-labelledby="d-${key}" aria-busy=${foot === 'loading' || !drawn.some(({ isDrawn }) => isDrawn)}>${repeat(drawn, (_drawn, n) => chunks[n]!.key, ({ content }) => content)}</div>
      </section>`
  }
  return html`${repeat(days, ({ key }) => key, day)}${footer(foot, context, onOlder)}`
}

function footer (foot: Foot, { words: { messages } }: RowContext, onOlder: () => void): TemplateResult {
  const button = (text: string) => html`<button type="button" part="button" class="quiet" @click=${onOlder}>${text}</button>`
  return html`<div class="older" tabindex="-1">${foot === 'end'
    ? html`<p class="end">${messages.end}</p>`
    : foot === 'error'
      ? html`<p>${messages.olderError} ${button(messages.retry)}</p>`
      : foot === 'more' ? button(messages.older) : html`<p class="end">${messages.loading}</p>`}</div>`
}
