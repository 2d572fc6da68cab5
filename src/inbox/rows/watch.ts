import { noChange } from 'lit'
import { directive, Directive, type DirectiveResult, type ElementPart } from 'lit/directive.js'

/** How high a row is before one was measured, in pixels. */
const ROW = 84

/**
 * Knows which chunks of a list are near what is seen, so that the others need not be drawn: an empty box of their height
 * stands in their place.
 */
export class ChunkWatch {
  readonly #onChange: () => void
  /** The chunks there are, by their elements. */
  readonly #keys = new Map<Element, string>()
  readonly #near = new Map<string, boolean>()
  readonly #heights = new Map<string, number>()
  #observer: IntersectionObserver | undefined

  constructor (onChange: () => void) { this.#onChange = onChange }

  /** Begins. `root` is what scrolls; null: the page. */
  start (root: Element | null): void {
    // What is a screen away is drawn already when it is scrolled to.
    this.#observer = new IntersectionObserver(entries => this.#see(entries), { root, rootMargin: '800px 0px' })
    for (const element of this.#keys.keys()) this.#observer.observe(element)
  }

  stop (): void {
    this.#observer?.disconnect()
    this.#observer = undefined
    this.#near.clear()
  }

  /** Whether to draw a chunk; `otherwise`: where it is not known yet. */
  isNear (key: string, otherwise: boolean): boolean {
    return this.#near.get(key) ?? otherwise
  }

  /** Draws a chunk wherever it is. */
  bringNear (key: string): void {
    this.#near.set(key, true)
  }

  /** The height of the box of a chunk that is not drawn. */
  heightOf (key: string, rows: number): number {
    return this.#heights.get(key) ?? rows * ROW
  }

  observe (element: Element, key: string): void {
    this.#keys.set(element, key)
    this.#observer?.observe(element)
  }

  #see (entries: IntersectionObserverEntry[]): void {
    let hasChanged = false
    for (const { target, isIntersecting, boundingClientRect: { height } } of entries) {
      const key = this.#keys.get(target)
      if (!target.isConnected) {
        this.#keys.delete(target)
        this.#observer?.unobserve(target)
      }
      if (key === undefined || !target.isConnected) continue
      if (!isIntersecting && target.childElementCount > 0) this.#heights.set(key, height)
      hasChanged ||= this.#near.get(key) !== isIntersecting
      this.#near.set(key, isIntersecting)
    }
    if (hasChanged) this.#onChange()
  }
}

/** Watches the element of a chunk, and gives it a height while it is not drawn: by script, which every policy allows. */
export class ChunkDirective extends Directive {
  #key: string | undefined

  override render (_watch: ChunkWatch, _key: string, _rows: number, _isDrawn: boolean): unknown { return noChange }

  override update ({ element }: ElementPart, [watch, key, rows, isDrawn]: [ChunkWatch, string, number, boolean]): unknown {
    const { style } = element as HTMLElement
    const height = isDrawn ? '' : `${watch.heightOf(key, rows)}px`
    if (style.blockSize !== height) style.blockSize = height
    if (this.#key !== key) watch.observe(element, key)
    this.#key = key
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
