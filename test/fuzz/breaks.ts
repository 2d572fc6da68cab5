import fc, { type Arbitrary } from 'fast-check'

/** Stands for a number that is valid JSON and no double. */
const HUGE = '@1e400@'
/** Stands for half of a character, as JSON escapes it. */
const LONE = '\ud800'

function nest (depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { a: value }
  return value
}

/** What fits hardly anywhere. */
const NASTY: unknown[] = [
  null, true, false, 0, -1, -0, 1.5, 2 ** 31, 2 ** 53, 1e308, HUGE, '', ' ', '0', 'null', '*', 'me', '.', '..', '../..', 'a/b', '%00', '%', 'a\0b', '\0', LONE, `a${LONE}b`, '\udc00\ud800',
  '\r\nX-Header: 1', '\u001b[31mred', '\u202eabc', '\ufeff', '\u2028', 'e\u0301', '🙂', '👩‍👩‍👧‍👦', 'ı', '__proto__', 'constructor', 'toString', '{{7*7}}', "' OR 1=1 --", '<script>', '$' + '{jndi:x}',
  'x'.repeat(129), 'x'.repeat(257), 'x'.repeat(5_000), '🙂'.repeat(201), [], {}, [[]], [null], ['x'], { a: 1 }, nest(40), nest(3_000)
]

export type Break =
  | { how: 'remove' | 'wrap' | 'repeat', at: number }
  | { how: 'replace', at: number, value: unknown }
  | { how: 'add', at: number, name: string, value: unknown }

const at = fc.nat({ max: 60 })
const value = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...NASTY) }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2, stringUnit: 'binary' }) })
const name = fc.constantFrom('unknown', '', 'Title', 'role', 'company', 'id', 'sender', 'is_admin', '__proto__', 'constructor', 'prototype', 'toString', 'a\0b', LONE, '$ref')

/** One place of a JSON value and what happens to it. */
export const breaks: Arbitrary<Break> = fc.oneof(
  fc.record({ how: fc.constantFrom('remove', 'wrap', 'repeat'), at }),
  fc.record({ how: fc.constant('replace'), at, value }),
  fc.record({ how: fc.constant('add'), at, name, value })
)

/** Texts for where only text can stand: parameters and headers. */
export const oddTexts: Arbitrary<string> = fc.oneof(
  fc.constantFrom(...NASTY.filter(one => typeof one === 'string'), '0', '201', '1e1', '0x10', ' 10', '+5', '05', '1.0', '-1', 'TRUE', '1', 'true ', '[]', '1,2', 'NaN', '9'.repeat(40)),
  fc.string({ unit: 'binary', maxLength: 200 })
)

type Slot = [parent: any, key: string | number]

function slotsOf (root: { value: unknown }): Slot[] {
  const slots: Slot[] = [[root, 'value']]
  for (const [parent, key] of slots) {
    const value = parent[key]
    if (typeof value !== 'object' || value === null) continue
    for (const inner of Array.isArray(value) ? value.keys() : Object.keys(value)) if (slots.length < 200) slots.push([value, inner])
  }
  return slots
}

/** The value with one place broken; undefined where it is gone as a whole. */
export function breakAt (value: unknown, change: Break): unknown {
  const root = { value: value === undefined ? undefined : JSON.parse(JSON.stringify(value)) }
  const slots = slotsOf(root)
  const [parent, key] = slots[change.at % slots.length]!
  const old = parent[key]
  switch (change.how) {
    case 'remove':
      if (Array.isArray(parent)) parent.splice(Number(key), 1)
      else delete parent[key]
      break
    case 'wrap': put(parent, key, [old]); break
    case 'repeat': put(parent, key, typeof old === 'string' ? old.repeat(300) : Array.isArray(old) ? Array(150).fill(old).flat() : [old, old]); break
    case 'replace': put(parent, key, change.value); break
    case 'add': put(typeof old === 'object' && old !== null ? old : root, change.name, change.value)
  }
  return root.value
}

/** Sets a field, whatever its name. */
function put (target: object, name: string | number, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
}

/** A broken value as text: also what `JSON.stringify` cannot write. */
export function toText (value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value).replaceAll(`"${HUGE}"`, '1e400')
}
