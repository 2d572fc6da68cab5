import { noChange } from 'lit'
import { directive, Directive, type DirectiveResult, type ElementPart } from 'lit/directive.js'
import type { Chunk } from '../view/chunks.ts'

/** How high a row is before one was measured, in pixels. */
const ROW = 84

/**
 * Knows which chunks of a list are near what is seen, so that the others need not be drawn: where some of them follow each
 * other, one empty box of their height stands in their place.
 */
export class ChunkWatch {
  readonly #onChange: () => void
  /** The boxes there are: each with the chunk that is drawn in it, or with those in whose place it stands. */
  readonly #boxes = new Map<Element, readonly Chunk[]>()
  readonly #near = new Map<string, boolean>()
  readonly #heights = new Map<string, number>()
  #observer: IntersectionObserver | undefined
  /** How many lists there were before this one. */
  #list = 0

  constructor (onChange: () => void) { this.#onChange = onChange }

  /** Begins. `root` is what scrolls; null: the page. */
  start (root: Element | null): void {
    // What is a screen away is drawn already when it is scrolled to.
    this.#observer = new IntersectionObserver(entries => this.#see(entries), { root, rootMargin: '800px 0px' })
    for (const box of this.#boxes.keys()) this.#observer.observe(box)
  }

  stop (): void {
    this.#observer?.disconnect()
    this.#observer = undefined
    this.#near.clear()
  }

  /** Another list begins, whose chunks may have the same keys. */
  reset (): void {
    this.#near.clear()
    this.#heights.clear()
    this.#list++
  }

  /** Whether to draw a chunk; `otherwise`: where it is not known yet. */
  isNear (key: string, otherwise: boolean): boolean {
    return this.#near.get(key) ?? otherwise
  }

  /** Draws a chunk wherever it is. */
  bringNear (key: string): void {
    this.#near.set(key, true)
  }

  /** The key of an empty box: another one as soon as it begins or ends elsewhere, so that it is judged anew. */
  keyOf (chunks: readonly Chunk[]): string {
    return `${this.#list}.${chunks[0]!.key}-${chunks.at(-1)!.key}`
  }

  /** The height of a box with nothing in it. */
  heightOf (chunks: readonly Chunk[]): number {
    return chunks.reduce((sum, { key, items }) => sum + (this.#heights.get(key) ?? items.length * ROW), 0)
  }

  observe (box: Element, chunks: readonly Chunk[]): void {
    const isKnown = this.#boxes.has(box)
    this.#boxes.set(box, chunks)
    if (isKnown) return
    for (const other of this.#boxes.keys()) {
      if (other === box || other.isConnected) continue
      this.#boxes.delete(other)
      this.#observer?.unobserve(other)
    }
    this.#observer?.observe(box)
  }

  #see (entries: IntersectionObserverEntry[]): void {
    let hasChanged = false
    const set = (key: string, isNear: boolean) => {
      hasChanged ||= this.#near.get(key) !== isNear
      this.#near.set(key, isNear)
    }
    for (const { target, isIntersecting, boundingClientRect: { top, height }, intersectionRect: near } of entries) {
      const chunks = this.#boxes.get(target)
      if (!chunks || !target.isConnected) continue
      if (target.childElementCount > 0) {
        const { key } = chunks[0]!
        if (!isIntersecting) this.#heights.set(key, height)
        set(key, isIntersecting)
      } else if (isIntersecting) {
        let end = top
        for (const chunk of chunks) {
          const start = end
          end += this.heightOf([chunk])
          // A box that is only touched is not reported again: one of its chunks has to be drawn.
          if (end >= near.top - 1 && start <= near.bottom + 1) set(chunk.key, true)
        }
      }
    }
    if (hasChanged) this.#onChange()
  }
}

/** Watches a box, and gives it a height while nothing is drawn in it: by script, which every policy allows. */
export class ChunkDirective extends Directive {
  override render (_watch: ChunkWatch, _chunks: readonly Chunk[], _isDrawn: boolean): unknown { return noChange }

  override update ({ element }: ElementPart, [watch, chunks, isDrawn]: [ChunkWatch, readonly Chunk[], boolean]): unknown {
    const { style } = element as HTMLElement
    const height = isDrawn ? '' : `${watch.heightOf(chunks)}px`
    if (style.blockSize !== height) style.blockSize = height
    watch.observe(element, chunks)
    return noChange
  }
}

export const chunk: (...values: Parameters<ChunkDirective['render']>) => DirectiveResult<typeof ChunkDirective> = directive(ChunkDirective)

/** Calls an observer of sizes for an element, again when its text has changed. */
export class SizedDirective extends Directive {
  #text: string | undefined

  override render (_observer: ResizeObserver | undefined, _text: string): unknown { return noChange }

  override update ({ element }: ElementPart, [observer, text]: [ResizeObserver | undefined, string]): unknown {
    if (this.#text !== text && observer) {
      observer.unobserve(element)
      observer.observe(element)
      this.#text = text
    }
    return noChange
  }
}

export const sized: (...values: Parameters<SizedDirective['render']>) => DirectiveResult<typeof SizedDirective> = directive(SizedDirective)

/** Marks rows of which a title or a message is longer than what is shown of it. */
export function clampObserver (): ResizeObserver {
  return new ResizeObserver(entries => {
    for (const { target } of entries) {
      const isCut = target.scrollHeight > target.clientHeight + 2 || target.scrollWidth > target.clientWidth + 2
      target.toggleAttribute('data-cut', isCut)
    }
  })
}
