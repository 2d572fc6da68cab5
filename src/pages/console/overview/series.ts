/** A value at a moment; null where nothing was measured. Milliseconds since 1970. */
export interface Point { at: number, value: number | null }

/** What a chart shows. */
export const WINDOW_MS = 300_000
/** Two samples further apart than this have a gap between them. */
export const GAP_MS = 3_500

/** The values of a chart, of the last five minutes, each at the moment it came. */
export class Series {
  readonly points: Point[] = []

  push (at: number, value: number | null): void {
    this.points.push({ at, value })
    const first = this.points.findIndex(point => point.at > at - WINDOW_MS - GAP_MS)
    if (first > 0) this.points.splice(0, first)
  }

  get last (): number | null {
    return this.points.at(-1)?.value ?? null
  }

  /** The mean of a minute, up to this moment; null if there was nothing. */
  meanOf (from: number, to: number): number | null {
    const values = this.points.filter(({ at, value }) => value !== null && at > from && at <= to).map(({ value }) => value!)
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
  }
}

/** The runs of points without a gap between them, values that were not measured left out. */
export function runsOf (points: Point[]): { at: number, value: number }[][] {
  const runs: { at: number, value: number }[][] = []
  let before: Point | undefined
  for (const point of points) {
    if (point.value !== null) {
      const isNew = before === undefined || before.value === null || point.at - before.at > GAP_MS
      if (isNew) runs.push([])
      runs.at(-1)!.push({ at: point.at, value: point.value })
    }
    before = point
  }
  return runs
}

/** How long nothing was measured, between samples and up to now: seconds. */
export function gapSeconds (points: Point[], now: number): number {
  let gap = 0
  for (const [index, { at }] of points.entries()) {
    const next = points[index + 1]?.at ?? now
    if (next - at > GAP_MS) gap += next - at
  }
  return Math.round(gap / 1000)
}

/** The next of 1, 2, 5, 10, 20, 50 … that is not less: the top of a chart. */
export function niceTop (value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 4, 5, 10].map(step => step * power).find(top => top >= value * 0.999)!
}
