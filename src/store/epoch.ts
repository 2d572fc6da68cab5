import { randomInt } from 'node:crypto'

/** A random epoch, 8 characters of base 36; every cursor begins with it. */
export function newEpoch (): string {
  return Array.from({ length: 8 }, () => randomInt(36).toString(36)).join('')
}
