import { rowOf } from '../rows/row-of.ts'

/** How far a row has to be moved, in pixels, before it is let go. */
const FAR = 88
/** How far a finger moves before it is a swipe: less is a tap, or the page scrolls. */
const NEAR = 12

/** Moves rows by touch: forward archives, backward deletes. The buttons of a row do the same. What must be acknowledged stays where it is. */
export class Swipe {
  readonly #onSwipe: (id: string, isForward: boolean) => void
  readonly #isRtl: () => boolean
  #start: { x: number, y: number, row: HTMLElement, pointer: number } | undefined
  #isMoving = false

  constructor (onSwipe: (id: string, isForward: boolean) => void, isRtl: () => boolean) {
    this.#onSwipe = onSwipe
    this.#isRtl = isRtl
  }

  /** To be called with the pointer events of a list. */
  handle = (event: PointerEvent): void => {
    const { type, pointerType, clientX: x, clientY: y, pointerId: pointer } = event
    if (type === 'pointerdown') {
      const row = rowOf(event.composedPath()[0] as Element)
      const isFree = row && !row.hasAttribute('data-required')
      this.#start = pointerType === 'touch' && event.isPrimary && isFree ? { x, y, row, pointer } : undefined
      return
    }
    const start = this.#start
    if (!start || start.pointer !== pointer) return
    const moved = x - start.x
    if (type === 'pointermove') {
      if (!this.#isMoving && (Math.abs(moved) < NEAR || Math.abs(moved) < Math.abs(y - start.y))) return
      this.#isMoving = true
      this.#show(start.row, moved)
      return
    }
    const isFar = this.#isMoving && type === 'pointerup' && Math.abs(moved) >= FAR
    this.#isMoving = false
    this.#start = undefined
    this.#show(start.row, 0)
    if (isFar) this.#onSwipe(start.row.dataset.id!, (moved > 0) !== this.#isRtl())
  }

  #show (row: HTMLElement, x: number): void {
    const front = row.querySelector<HTMLElement>('.front')!
    front.style.transform = x === 0 ? '' : `translateX(${x}px)`
    const isForward = (x > 0) !== this.#isRtl()
    if (x === 0) row.removeAttribute('data-swiped')
    else row.dataset.swiped = isForward ? 'forward' : 'backward'
    row.toggleAttribute('data-far', Math.abs(x) >= FAR)
  }
}
