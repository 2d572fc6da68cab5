import { Wheel } from '../src/hub/wheel.ts'

/** A wheel whose seconds pass when a test says so, on both of its clocks or on the wall clock alone. */
export class HandWheel extends Wheel {
  readonly #time: { awake: number, leapt: number }

  constructor () {
    const time = { awake: 0, leapt: 0 }
    super({ monotonic: () => time.awake, wall: () => Date.now() + time.leapt })
    this.#time = time
  }

  override start (): void {}

  pass (seconds: number): void {
    for (let second = 0; second < seconds; second++) {
      this.#time.awake += 1000
      this.leap(1)
    }
  }

  /** The wall clock is set, or the machine was asleep, for so many seconds. */
  leap (seconds: number): void {
    this.#time.leapt += seconds * 1000
    this.tick()
  }

  /** The process did not get to run for so many seconds. */
  stall (seconds: number): void {
    this.#time.awake += seconds * 1000
    this.leap(seconds)
  }
}
