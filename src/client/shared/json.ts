/** The value of a JSON text; undefined if it is none. */
export function parseJson (text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
