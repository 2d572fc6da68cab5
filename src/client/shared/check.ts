/** What the server takes as a topic. */
export const TOPIC = /^[\w.-]{1,64}$/

/** Makes a function that says whether something is a text of this form. */
export const isTextOf = (form: RegExp) => (value: unknown): value is string => typeof value === 'string' && form.test(value)

export const isFunction = (value: unknown): boolean => typeof value === 'function'

/** Whether this may be a token: nothing else can stand in a header. */
export const isToken = isTextOf(/^[!-~]+$/)

/** Throws a TypeError that says what is wrong with what the application passed, unless it is right. */
export function check (isRight: boolean, message: string): void {
  if (!isRight) throw new TypeError(message)
}

/** The one of these names that has the most pairs of letters in common with another name. */
function nearest (name: string, names: readonly string[]): string {
  const given = name.toLowerCase()
  const likeness = (other: string) => [...given].filter((_letter, index) => other.toLowerCase().includes(given.slice(index, index + 2))).length
  return names.reduce((best, other) => likeness(other) > likeness(best) ? other : best)
}

/** Whether this is an object with fields. */
export const isObject = (value: unknown): boolean => Object(value) === value && !Array.isArray(value)

/** The fields of an object that the application passed. Throws a TypeError for what is no object, and for a name that is none of these. */
export function fieldsOf (what: string, value: unknown, names: readonly string[]): [name: string, value: any][] {
  check(isObject(value), `${what}s must be an object.`)
  const fields = Object.entries(value as object)
  for (const [name] of fields) check(names.includes(name), `There is no ${what} ${name}. The nearest is ${nearest(name, names)}.`)
  return fields
}

/** Throws a TypeError for a listener that cannot be called. */
export const checkListener = (listener: unknown): void => check(isFunction(listener), 'listener must be a function.')
