import type { FieldError } from './error-codes.ts'

/**
 * Finds the numbers of a JSON text that would change when it is parsed. JSON allows any number, JavaScript has
 * doubles (RFC 8259 §6): 9007199254740993 is parsed as …992 and 1e400 as Infinity, so that two different bodies
 * would compare as equal. These numbers do not change (RFC 7493 §2.2):
 *
 * - whole numbers up to 2^53 − 1;
 * - with a fraction or an exponent: a double as it is printed, in its shortest form or, as C does, with 17 digits.
 */
export function lossyNumbers (text: string): FieldError[] {
  // A quick test, as hardly any body has a long number or an exponent. Texts that only look like one pass below.
  if (!/(?:^|[:,[\s])-?(?:\d[\d.]{15}|[\d.]+[eE])/.test(text)) return []
  const errors: FieldError[] = []
  let root: unknown
  try {
    root = (JSON.parse as Parse)(text, (_name, value, { source }) => {
      const message = typeof value === 'number' ? lossOf(source!, value) : undefined
      return message === undefined ? value : new Lossy(message)
    })
  } catch (error) {
    // JSON.parse calls the reviver recursively: thousands of levels overflow the stack.
    if (error instanceof RangeError) return [{ path: '/', message: 'must not be nested so deep' }]
    throw error
  }
  // The reviver is not told the path of a number: it leaves a mark, and this walk finds the paths of the marks.
  const waiting: [path: string, value: unknown][] = [['', root]]
  for (const [path, value] of waiting) {
    if (value instanceof Lossy) errors.push({ path: path === '' ? '/' : path, message: value.message })
    else if (typeof value === 'object' && value !== null) for (const [name, part] of Object.entries(value)) waiting.push([`${path}/${name}`, part])
  }
  return errors
}

/** `JSON.parse` with source text access, which TypeScript does not know yet. */
type Parse = (text: string, reviver: (name: string, value: unknown, context: { source?: string }) => unknown) => unknown

/** A mark in the parsed value, instead of a number that would change. */
class Lossy {
  readonly message: string
  constructor (message: string) { this.message = message }
}

/** What to say of a number that would change; undefined for one that does not. */
function lossOf (source: string, value: number): string | undefined {
  if (!/[.eE]/.test(source)) return Number.isSafeInteger(value) ? undefined : 'must be a whole number of at most 2^53 - 1: send a larger one as text'
  const written = digitsOf(source)
  const isKept = Number.isFinite(value) && [String(value), value.toPrecision(17)].some(text => digitsOf(text) === written)
  return isKept ? undefined : 'must be a number that a double holds: send it as text'
}

/** A form that equal numbers share, whichever way they are written: `1.50` and `15e-1` are both `15e-1`. */
function digitsOf (text: string): string {
  const [mantissa = '', exponent = '0'] = text.replace(/^-/, '').split(/[eE]/)
  const [whole = '', fraction = ''] = mantissa.split('.')
  const digits = whole + fraction
  let [start, end] = [0, digits.length]
  while (digits[start] === '0') start++
  while (end > start && digits[end - 1] === '0') end--
  return start === end ? '0' : `${digits.slice(start, end)}e${Number(exponent) - fraction.length + digits.length - end}`
}
