import { html, nothing, type TemplateResult } from 'lit'
import type { DirectiveResult } from 'lit/directive.js'
import { guard } from 'lit/directives/guard.js'
import { repeat } from 'lit/directives/repeat.js'
import type { InboxItem } from '@belfry/client'
import type { Chunk } from '../view/chunks.ts'
import { createdAt } from '../view/days.ts'
import { dutyText } from '../view/duty.ts'
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

/** The chunks with the first rows, which fill most screens, are drawn before it is known what is seen. */
const FIRST = 10

/** The list: a heading and a feed for each day (https://www.w3.org/WAI/ARIA/apg/patterns/feed/). */
export function list ({ days, foot, watch, focused, context, onOlder }: ListParts): TemplateResult {
  let above = 0
  const day = ({ key, start, items, chunks }: DayOfChunks, index: number) => {
    let place = 0
    // Of the last day there may be more than is known.
    const size = index === days.length - 1 && foot !== 'end' ? -1 : items.length
    const boxes: { key: string, chunks: Chunk[], before: number, isDrawn: boolean }[] = []
    for (const part of chunks) {
      const isDrawn = part.key === focused || watch.isNear(part.key, above < FIRST)
      above += part.items.length
      const last = boxes.at(-1)
      if (last && !last.isDrawn && !isDrawn) last.chunks.push(part)
      else boxes.push({ key: part.key, chunks: [part], before: place, isDrawn })
      place += part.items.length
    }
    for (const box of boxes) if (!box.isDrawn) box.key = watch.keyOf(box.chunks)
    const rows = ({ chunks: [part], before }: typeof boxes[number]) => repeat(part!.items, ({ id }) => id, (item, n) => rowOnce(item, before + n + 1, size, context))
    return html`
      <section class="day">
        <h3 part="day" id="d-${key}">${context.words.day(start, context.now)}</h3>
        <div role="feed" aria-labelledby="d-${key}" aria-busy=${foot === 'loading' || !boxes.some(({ isDrawn }) => isDrawn)}>${repeat(boxes, box => box.key, box => html`<div class="chunk" ${chunk(watch, box.chunks, box.isDrawn)}>${box.isDrawn ? rows(box) : nothing}</div>`)}</div>
      </section>`
  }
  return html`${repeat(days, ({ key }) => key, day)}${footer(foot, context, onOlder)}`
}

/** A row, made again only if anything that is shown of it has changed. */
function rowOnce (item: InboxItem, place: number, size: number, context: RowContext): DirectiveResult {
  const { words, now, tab, opened, iconOrigins, template, sizes } = context
  return guard([item, place, size, opened.has(item.id), words, words.ago(createdAt(item, now), now), dutyText(item, words, now), tab, String(iconOrigins), template, sizes], () => row(item, place, size, context))
}

function footer (foot: Foot, { words: { messages } }: RowContext, onOlder: () => void): TemplateResult {
  const button = (text: string) => html`<button type="button" part="button" class="quiet" @click=${onOlder}>${text}</button>`
  return html`<div class="older" tabindex="-1">${foot === 'end'
    ? html`<p class="end">${messages.end}</p>`
    : foot === 'error'
      ? html`<p>${messages.olderError} ${button(messages.retry)}</p>`
      : foot === 'more' ? button(messages.older) : html`<p class="end">${messages.loading}</p>`}</div>`
}
