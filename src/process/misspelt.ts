/** Names similar to a setting that other programs use. */
const NOT_MISSPELT = new Set(['HOSTNAME', 'HOSTTYPE', 'HOME', 'PATH', 'POSTS', 'PORTS', 'HOSTS'])
/** In a name of up to this length two letters are too many: it is more likely another word than a misspelling. */
const SHORT = 6

/** Environment variables whose name differs from a setting by a letter or two, each with that setting. */
export function misspelt (env: Record<string, string | undefined>, settings: string[]): { name: string, meant: string }[] {
  const known = new Set(settings)
  return Object.keys(env).filter(name => !known.has(name) && !NOT_MISSPELT.has(name)).flatMap(name => {
    const meant = settings.find(setting => isNear(name, setting))
    return meant === undefined ? [] : [{ name, meant }]
  })
}

function isNear (name: string, setting: string): boolean {
  const most = setting.length <= SHORT ? 1 : 2
  return Math.abs(name.length - setting.length) <= most && distance(name.toUpperCase(), setting) <= most
}

/** The Damerau–Levenshtein distance: how many letters to insert, delete, change or swap with the next. */
export function distance (one: string, other: string): number {
  let before: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1]
      const isSwap = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      current[column] = Math.min(
        last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (isSame ? 0 : 1), isSwap ? before[column - 2]! + 1 : Infinity
      )
    }
    before = last
    last = current
  }
  return last[other.length]!
}
