import { randomInt } from 'node:crypto'

/** 8 characters of base 36: what a cursor begins with. */
export function newEpoch (): string {
  return Array.from({ length: 8 }, () => randomInt(36).toString(36)).join('')
}
