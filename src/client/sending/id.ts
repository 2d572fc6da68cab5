const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')

/**
 * A new id: a UUID of version 7, RFC 9562 §5.7. Made from `getRandomValues`, because `randomUUID` is missing in pages over
 * plain http.
 */
export function newId (): string {
  const time = hex(Date.now(), 12)
  const random = Array.from(crypto.getRandomValues(new Uint8Array(9)), byte => hex(byte, 2)).join('')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6)}`
}
