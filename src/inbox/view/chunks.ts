import type { InboxItem } from '@belfry/client'

/** Rows that are drawn together, or left out together while they are far away. */
export interface Chunk {
  readonly key: string
  readonly items: readonly InboxItem[]
}

/** How many rows a chunk has when it is full: few, for what is drawn at first is what a reader waits for. */
export const SIZE = 10

/**
 * Divides lists into chunks. An item stays in its chunk whatever comes above or below it, so that nothing is drawn again
 * because something else arrived:
 *
 *     [c b a]        →  [e d] [c b a]     d and e arrived, and the chunk was full
 *     [e d] [c b a]  →  [e d] [c a]       b was archived
 */
export class Chunker {
  #chunkOf = new Map<string, string>()
  #last = 0

  /** Divides a part of a list. Items that are not known join the older ones below them, while there is room. */
  divide (items: readonly InboxItem[]): Chunk[] {
    const chunks: { key: string, items: InboxItem[] }[] = []
    let chunk: { key: string, items: InboxItem[] } | undefined
    for (let index = items.length - 1; index >= 0; index--) {
      const item = items[index]!
      const known = this.#chunkOf.get(item.id)
      if (!chunk || (known === undefined ? chunk.items.length >= SIZE : known !== chunk.key)) {
        chunk = { key: known ?? String(++this.#last), items: [] }
        chunks.push(chunk)
      }
      if (known === undefined) this.#chunkOf.set(item.id, chunk.key)
      chunk.items.push(item)
    }
    for (const { items: reversed } of chunks) reversed.reverse()
    return chunks.reverse()
  }

  /** The chunk that an item is in. */
  chunkOf (id: string): string | undefined {
    return this.#chunkOf.get(id)
  }

  /** Forgets what is in no list any more. `items` is the whole list. */
  forget (items: readonly InboxItem[]): void {
    if (this.#chunkOf.size <= items.length * 2 + 1000) return
    this.#chunkOf = new Map(items.flatMap(({ id }) => {
      const key = this.#chunkOf.get(id)
      return key === undefined ? [] : [[id, key]]
    }))
  }
}
