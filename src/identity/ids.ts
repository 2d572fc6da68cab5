import { randomFillSync } from 'node:crypto'
import { V7Generator } from 'uuidv7'

/** Drawn many at a time: asked for one by one, random numbers are most of what an id costs. */
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

/** A UUIDv7, later than all before it: RFC 9562 §5.7. */
export function newId (): string {
  return generator.generate().toString()
}
