/** Whether the beginning and the end of a list are seen. */
export class Edges {
  readonly #onChange: () => void
  #observers: IntersectionObserver[] = []
  isAtTop = true
  isNearEnd = false

  constructor (onChange: () => void) { this.#onChange = onChange }

  start (root: Element | null, top: Element, end: Element): void {
    this.stop()
    this.#watch(root, '0px', top, isSeen => { this.isAtTop = isSeen })
    this.#watch(root, '600px 0px', end, isSeen => { this.isNearEnd = isSeen })
  }

  stop (): void {
    for (const observer of this.#observers.splice(0)) observer.disconnect()
  }

  #watch (root: Element | null, rootMargin: string, element: Element, set: (isSeen: boolean) => void): void {
    const observer = new IntersectionObserver(entries => {
      set(entries.at(-1)!.isIntersecting)
      this.#onChange()
    }, { root, rootMargin })
    observer.observe(element)
    this.#observers.push(observer)
  }
}
