import { placed } from './placement.ts'

export interface PanelDeps {
  /** Finds an element of the shadow tree. */
  find: (selector: string) => HTMLElement
  /** Whether an event with this path came from the element. */
  contains: (path: EventTarget[]) => boolean
  isRtl: () => boolean
  /** It is about to be shown, or is gone. */
  onOpen: (isOpen: boolean) => void
}

/** The panel of a bell: a popover placed by style sheets, or where a browser has no such things, a box placed by script. */
export class Panel {
  readonly isNative = 'popover' in HTMLElement.prototype
  readonly #hasAnchors = CSS.supports('position-area: block-end span-inline-start')
  readonly #deps: PanelDeps
  #isOpen = false

  constructor (deps: PanelDeps) { this.#deps = deps }

  get #element (): HTMLElement { return this.#deps.find('.panel') }

  show (): void {
    if (this.#isOpen) return
    if (this.isNative) this.#element.showPopover()
    else this.set(true)
  }

  hide (): void {
    if (!this.#isOpen) return
    if (this.isNative) this.#element.hidePopover()
    else this.set(false)
  }

  /** It is about to be shown or hidden. */
  set (isOpen: boolean): void {
    if (isOpen === this.#isOpen) return
    this.#isOpen = isOpen
    const listen = isOpen ? addEventListener : removeEventListener
    listen('resize', this.#place)
    listen('scroll', this.#place, true)
    if (!this.isNative) {
      listen('keydown', this.#dismiss)
      listen('pointerdown', this.#dismiss)
    }
    // Browsers lose a focus that is in a shadow tree of the popover's.
    if (!isOpen && this.#element.matches(':focus-within')) requestAnimationFrame(() => this.#comeBack())
    this.#deps.onOpen(isOpen)
    // A popover that is about to be shown cannot have the focus yet.
    if (isOpen) requestAnimationFrame(() => this.#enter())
  }

  #enter (): void {
    if (!this.#isOpen) return
    this.#place()
    this.#element.focus({ preventScroll: true })
  }

  /** The focus goes back to the bell, unless it has gone on to something else. */
  #comeBack (): void {
    const { activeElement, body } = document
    if (activeElement === body || activeElement === null || this.#element.matches(':focus-within')) this.#deps.find('.bell').focus()
  }

  readonly #place = () => {
    if (this.isNative && this.#hasAnchors) return
    const panel = this.#element
    panel.toggleAttribute('data-scripted', true)
    const { left, top } = placed(this.#deps.find('.bell').getBoundingClientRect(), { width: panel.offsetWidth, height: panel.offsetHeight }, { width: innerWidth, height: innerHeight }, this.#deps.isRtl())
    panel.style.left = `${left}px`
    panel.style.top = `${top}px`
  }

  readonly #dismiss = (event: Event) => {
    if (event instanceof KeyboardEvent ? event.key === 'Escape' : !this.#deps.contains(event.composedPath())) this.set(false)
  }
}
