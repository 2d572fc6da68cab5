/** Whether a value is larger than `bytes` as JSON. Escapes are counted as what they stand for. Does not recurse, and stops as soon as it knows. */
export function isLargerThan (bytes: number, root: unknown): boolean {
  const waiting: unknown[] = [root]
  let left = bytes
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    left -= sizeOf(value)
    if (left < 0) return true
    if (typeof value !== 'object' || value === null) continue
    if (Array.isArray(value)) {
      // Each entry takes a byte and a comma.
      if (2 * value.length > left) return true
      for (const entry of value) waiting.push(entry)
      continue
    }
    for (const name in value) {
      left -= Buffer.byteLength(name) + 3
      if (left < 0) return true
      waiting.push((value as Record<string, unknown>)[name])
    }
  }
  return false
}

/** The bytes of a value without its entries and fields, with the comma that separates it from the next. */
function sizeOf (value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value) + 3
  return typeof value === 'object' && value !== null ? 3 : String(value).length + 1
}
