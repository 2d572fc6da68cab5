import type { Inbox, InboxSnapshot } from '@belfry/client'
import { background } from '../base/background.ts'

/** How many pages are loaded to find one notification. */
const MOST_PAGES = 20

/** The list that is shown, of which there is one at a time. */
export class Source {
  readonly #onChange: () => void
  #end: (() => void) | undefined
  #isFetching = false
  #seen: string | undefined
  list: Inbox | undefined
  snapshot: InboxSnapshot | undefined

  constructor (onChange: () => void) { this.#onChange = onChange }

  /** Listens to a list, instead of the one before; whether it is another one. */
  follow (list: Inbox | undefined): boolean {
    if (list === this.list) return false
    this.#end?.()
    this.list = list
    this.#end = list?.subscribe(this.#onChange)
    return true
  }

  /** Takes what the list is now. */
  read (): InboxSnapshot | undefined {
    this.snapshot = this.list?.getSnapshot()
    return this.snapshot
  }

  fetchOlder (): void {
    if (!this.list || this.#isFetching) return
    this.#isFetching = true
    background(this.list.fetchNextPage().finally(() => {
      this.#isFetching = false
      this.#onChange()
    }))
  }

  /** Loads older ones until one of them is there; false if it is not found. */
  async seek (id: string): Promise<boolean> {
    const { list } = this
    for (let page = 0; page < MOST_PAGES; page++) {
      // Another one may have been chosen meanwhile.
      if (!list || list !== this.list) break
      const { items, hasMore } = list.getSnapshot()
      if (items.some(item => item.id === id)) return true
      if (!hasMore) break
      await list.fetchNextPage()
    }
    return false
  }

  /** Says that all of the list was in front of the reader. */
  markAsSeen (): void {
    const newest = this.snapshot?.items[0]?.cursor
    if (newest === this.#seen) return
    this.#seen = newest
    background(this.list?.markAsSeen())
  }
}
