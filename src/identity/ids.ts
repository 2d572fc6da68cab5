import { randomFillSync } from 'node:crypto'
import { V7Generator } from 'uuidv7'

/** A batch of random numbers: drawn one by one, they would be most of the cost of an id. */
const drawn = new Uint32Array(1024)
let used = drawn.length

const generator = new V7Generator({
  nextUint32 () {
    if (used === drawn.length) {
      randomFillSync(drawn)
      used = 0
    }
    return drawn[used++]!
  }
})

/** A UUIDv7 that sorts after every earlier one of this process. RFC 9562 §5.7. */
export function newId (): string {
  return generator.generate().toString()
}
