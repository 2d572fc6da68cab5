/** What a field of an application's object must be, whether it is that, and its value where it is absent. */
export type Rule = [mustBe: string, isRight: (value: any) => boolean, fallback?: unknown]

/** Makes a function that says whether something is a text of this form. */
export const isTextOf = (form: RegExp) => (value: unknown): value is string => typeof value === 'string' && form.test(value)

export const isFunction = (value: unknown): boolean => typeof value === 'function'

/** Whether this may be a token: nothing else can stand in a header. */
export const isToken = isTextOf(/^[!-~]+$/)

/** Throws a TypeError that says what is wrong with what the application passed, unless it is right. */
export function check (isRight: boolean, message: string): void {
  if (!isRight) throw new TypeError(message)
}

/** The one of these names that has the most pairs of letters in common with another name, for their lengths. */
function nearest (name: string, names: readonly string[]): string {
  const given = String(name).toLowerCase()
  const likeness = (other: string) => [...given].filter((_letter, index) => other.toLowerCase().includes(given.slice(index, index + 2))).length / (given.length + other.length)
  return names.reduce((best, other) => likeness(other) > likeness(best) ? other : best)
}

/** Throws a TypeError that says which name is the nearest, for a name that is none of these. */
export const checkName = (what: string, name: string, names: readonly string[]): void => check(names.includes(name), `There is no ${what} ${name}. The nearest is ${nearest(name, names)}.`)

/** Whether this is an object with fields. */
export const isObject = (value: unknown): boolean => Object(value) === value && !Array.isArray(value)

/** The fields of an object that the application passed. Throws a TypeError for what is no object, and for a name that is none of these. */
export function fieldsOf (what: string, value: unknown, names: readonly string[]): [name: string, value: any][] {
  check(isObject(value), `${what}s must be an object.`)
  const fields = Object.entries(value as object)
  for (const [name] of fields) checkName(what, name, names)
  return fields
}

/** Throws a TypeError that says what a field must be, unless it is that. */
export const checkField = (name: string, value: unknown, [mustBe, isRight]: Rule): void => check(isRight(value), `${name} must be ${mustBe}.`)

/** The fields of an object that the application passed, by their rules. One that is undefined is absent. Throws a TypeError for what is wrong. */
export function checked (what: string, value: unknown, rules: Record<string, Rule>): Record<string, any> {
  const fields: Record<string, unknown> = {}
  for (const [name, [, , fallback]] of Object.entries(rules)) fields[name] = fallback
  for (const [name, given] of fieldsOf(what, value, Object.keys(rules))) {
    if (given === undefined) continue
    checkField(name, given, rules[name]!)
    fields[name] = given
  }
  return fields
}

export const aBoolean = (fallback?: boolean): Rule => ['true or false', value => typeof value === 'boolean', fallback]

/** What the server takes as a topic. */
export const aTopic: Rule = ['1 to 64 letters, digits, _ . or -', isTextOf(/^[\w.-]{1,64}$/)]

/** Throws a TypeError for a listener that cannot be called. */
export const checkListener = (listener: unknown): void => check(isFunction(listener), 'listener must be a function.')
