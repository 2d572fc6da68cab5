/** Seeded randomness: the same seed, the same run. */
export interface Random {
  /** 0 ≤ n < below. */
  integer (below: number): number
  /** One of them. */
  pick<T> (from: readonly T[]): T
  /** At least one of them, each once, in their order. */
  some<T> (from: readonly T[]): T[]
  /** True in one of `odds` cases. */
  oneIn (odds: number): boolean
}

/** mulberry32: 32 bits of state are plenty for a test. */
export function random (seed: number): Random {
  let state = seed >>> 0
  const integer = (below: number) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
  const pick = <T>(from: readonly T[]) => from[integer(from.length)]!
  const oneIn = (odds: number) => integer(odds) === 0
  return {
    integer,
    pick,
    oneIn,
    some: from => {
      const chosen = from.filter(() => oneIn(2))
      return chosen.length > 0 ? chosen : [pick(from)]
    }
  }
}
