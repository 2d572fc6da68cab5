import type { FieldError } from './error-codes.ts'

/**
 * Numbers that would not come back as they were sent. JSON has any number, JavaScript has doubles (RFC 8259 §6):
 * 9007199254740993 is read as …992, 1e400 as Infinity, and two bodies that differ in nothing else are one
 * to whoever compares them. Taken is what I-JSON (RFC 7493 §2.2) calls safe:
 *
 * - whole numbers up to 2^53 − 1;
 * - with a fraction or an exponent, what a double is written as: in its shortest form, or with 17 digits as C does.
 */
export function lossyNumbers (text: string): FieldError[] {
  // Hardly any body has a long or an exponential number; strings that only look so are sorted out below.
  if (!/(?:^|[:,[\s])-?(?:\d[\d.]{15}|[\d.]+[eE])/.test(text)) return []
  const errors: FieldError[] = []
  let root: unknown
  try {
    root = (JSON.parse as Parse)(text, (_name, value, { source }) => {
      const message = typeof value === 'number' ? lossOf(source!, value) : undefined
      return message === undefined ? value : new Lossy(message)
    })
  } catch (error) {
    // A reviver recurses: thousands of levels are more than the stack holds.
    if (error instanceof RangeError) return [{ path: '/', message: 'must not be nested so deep' }]
    throw error
  }
  // The reviver knows a number's text, but not where it stands.
  const waiting: [path: string, value: unknown][] = [['', root]]
  for (const [path, value] of waiting) {
    if (value instanceof Lossy) errors.push({ path: path === '' ? '/' : path, message: value.message })
    else if (typeof value === 'object' && value !== null) for (const [name, part] of Object.entries(value)) waiting.push([`${path}/${name}`, part])
  }
  return errors
}

/** TC39's "JSON.parse source text access", which TypeScript does not know yet. */
type Parse = (text: string, reviver: (name: string, value: unknown, context: { source?: string }) => unknown) => unknown

/** Stands where a number stood that cannot be kept. */
class Lossy {
  readonly message: string
  constructor (message: string) { this.message = message }
}

function lossOf (source: string, value: number): string | undefined {
  if (!/[.eE]/.test(source)) return Number.isSafeInteger(value) ? undefined : 'must be a whole number of at most 2^53 - 1: send a larger one as text'
  const written = digitsOf(source)
  const isKept = Number.isFinite(value) && [String(value), value.toPrecision(17)].some(text => digitsOf(text) === written)
  return isKept ? undefined : 'must be a number that a double holds: send it as text'
}

/** A number's digits without zeros around them, and its exponent: equal for equal numbers, however they are written. */
function digitsOf (text: string): string {
  const [mantissa = '', exponent = '0'] = text.replace(/^-/, '').split(/[eE]/)
  const [whole = '', fraction = ''] = mantissa.split('.')
  const digits = whole + fraction
  let [start, end] = [0, digits.length]
  while (digits[start] === '0') start++
  while (end > start && digits[end - 1] === '0') end--
  return start === end ? '0' : `${digits.slice(start, end)}e${Number(exponent) - fraction.length + digits.length - end}`
}
