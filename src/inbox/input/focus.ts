import { background } from '../base/background.ts'
import { rowOf } from '../rows/row-of.ts'
import { heirOf, moveOf, targetOf, type Move } from '../view/keys.ts'

export interface FocusDeps {
  root: () => ShadowRoot
  order: () => readonly { id: string, replaces?: string }[]
  /** Has a row drawn that is far away; resolves when it is. */
  draw: (id: string) => Promise<unknown>
  /** The focus leaves the list for what is before or after it. */
  leave: (move: Move) => HTMLElement | null | undefined
}

/** The focus of a list: it moves from row to row by keys, and is not lost when what has it leaves. */
export class FeedFocus {
  readonly #deps: FocusDeps
  #last: { id: string, order: readonly { id: string }[] } | undefined
  #wanted: string | undefined
  /** Whether anything of the list had the focus before it was drawn. */
  #isInside = false

  constructor (deps: FocusDeps) { this.#deps = deps }

  /** The id of the row that has the focus. */
  get id (): string | undefined { return rowOf(this.#deps.root().activeElement)?.dataset.id }

  /** Gives the focus to a row that is not there yet. */
  want (id: string | undefined): void { this.#wanted = id }

  /** To be called before the list is drawn. */
  remember (): void {
    const { id } = this
    this.#isInside = this.#deps.root().activeElement !== null
    this.#last = id === undefined ? undefined : { id, order: this.#deps.order() }
  }

  /** To be called when the list is drawn. */
  restore (): void {
    const { root, order, leave } = this.#deps
    const has = (id: string) => order().some(item => item.id === id)
    const isLost = () => root().activeElement === null
    if (this.#wanted !== undefined && has(this.#wanted)) {
      const id = this.#wanted
      this.#wanted = undefined
      background(this.go(id))
    } else if (this.#last && isLost() && !has(this.#last.id)) {
      const heir = heirOf(this.#last.id, this.#last.order, order())
      if (heir === undefined) leave('before')?.focus()
      else background(this.go(heir))
    } else if (this.#isInside && isLost()) leave('before')?.focus()
  }

  async go (id: string): Promise<void> {
    await this.#deps.draw(id)
    this.#deps.root().querySelector<HTMLElement>(`.row[data-id="${CSS.escape(id)}"]`)?.focus()
  }

  /** Follows a key that was pressed in a row; whether it leads anywhere. */
  key (event: KeyboardEvent): boolean {
    const { id } = this
    if (id === undefined) return false
    const move = moveOf(event, rowOf(event.composedPath()[0] as Element) === event.composedPath()[0])
    if (move === undefined) return false
    const target = targetOf(move, id, this.#deps.order().map(item => item.id))
    if (target === undefined) this.#deps.leave(move)?.focus()
    else background(this.go(target))
    return true
  }
}
