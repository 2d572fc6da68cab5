import type { InboxItem, InboxSnapshot } from '@belfry/client'
import { arrange } from './arrangement.ts'
import { Chunker, type Chunk } from './chunks.ts'
import { daysOf, type Day } from './days.ts'

/** A day with its rows in chunks. */
export interface DayOfChunks extends Day { readonly chunks: readonly Chunk[] }

/** How many that arrive within a second are shown at once: more than that nobody can read. */
const ROOM = 10
/** For how long the place of a row that has left is known, in milliseconds. */
const MOMENT = 2_000

/** What a list shows of its snapshots: it does not move under its reader. */
export class FeedModel {
  items: readonly InboxItem[] = []
  /** How many wait above the list. */
  waiting = 0
  days: readonly DayOfChunks[] = []
  readonly opened = new Set<string>()
  readonly #kept = new Map<string, InboxItem>()
  #chunker = new Chunker()
  #earlier: { items: readonly InboxItem[], at: number } = { items: [], at: -Infinity }
  #placed: ReadonlySet<string> = new Set()
  #since = -Infinity
  #room = ROOM
  #isRevealing = false
  /** What the days were made of. */
  #made: { items: readonly InboxItem[], day: number } = { items: [], day: 0 }

  /** Takes a snapshot. `isHeld`: what arrives has to wait. `now` is the time in milliseconds. */
  update ({ items }: Pick<InboxSnapshot, 'items'>, { isHeld, now }: { isHeld: boolean, now: number }): void {
    if (now - this.#since >= 1000) [this.#since, this.#room] = [now, ROOM]
    const before = this.items
    if (now - this.#earlier.at > MOMENT || haveLeft(before, items)) this.#earlier = { items: before, at: now }
    const room = this.#isRevealing ? Infinity : isHeld ? 0 : this.#room
    this.#isRevealing = false
    if (items.length > 0) for (const [id, { expires_at: end }] of this.#kept) if (end !== undefined && Date.parse(end) <= now) this.#kept.delete(id)
    const { items: arranged, waiting, placed } = arrange(items, before, { room, kept: this.#kept, earlier: this.#earlier.items, placed: this.#placed })
    // What only arrived above leaves the list as it was.
    const shown = arranged.length === before.length && arranged.every((item, index) => item === before[index]) ? before : arranged
    if (placed.size > 0) this.#earlier = { items: shown, at: now }
    this.#placed = placed
    if (before.length > 0 && shown[0] !== before[0]) this.#room -= Math.max(0, shown.findIndex(({ id }) => id === before[0]!.id))
    this.items = shown
    this.waiting = waiting
    const day = new Date(now).getDate()
    if (shown === this.#made.items && day === this.#made.day) return
    this.#made = { items: shown, day }
    this.days = daysOf(shown, now).map(part => ({ ...part, chunks: this.#chunker.divide(part.items) }))
    this.#chunker.forget(shown)
  }

  /** Shows with the next update what waits. */
  reveal (): void {
    this.#isRevealing = true
  }

  /** Another list begins. */
  reset (): void {
    this.items = this.days = []
    this.waiting = 0
    this.#room = ROOM
    this.#earlier = { items: [], at: -Infinity }
    this.#placed = new Set()
    this.#made = { items: [], day: 0 }
    this.#chunker = new Chunker()
    this.opened.clear()
    this.#kept.clear()
  }

  /** Opens a row, or closes it. An open one stays in a list that it leaves by being read, until it is closed. */
  toggle (item: InboxItem, isKept: boolean): void {
    const { id } = item
    if (this.opened.delete(id)) this.#kept.delete(id)
    else {
      this.opened.add(id)
      if (isKept) this.#kept.set(id, { ...item, read: true })
    }
  }

  /** A row leaves, whether it was open or not. */
  drop (id: string): void {
    this.opened.delete(id)
    this.#kept.delete(id)
  }

  find (id: string): InboxItem | undefined {
    return this.items.find(item => item.id === id)
  }

  chunkOf (id: string | undefined): string | undefined {
    return id === undefined ? undefined : this.#chunker.chunkOf(id)
  }
}

/** Whether one of some items has left a list, in which they stand in the same order. */
function haveLeft (before: readonly InboxItem[], items: readonly InboxItem[]): boolean {
  const start = before.length > 0 ? items.findIndex(({ id }) => id === before[0]!.id) : 0
  return start < 0 || before.some(({ id }, index) => items[start + index]?.id !== id)
}
