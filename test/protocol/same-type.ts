/** A type with its fields written out: an intersection and an interface of the same fields become one. */
type Flat<T> = T extends object ? { [K in keyof T]: Flat<T[K]> } : T
/** The same type. Assignable in both directions is less than that: `{}` and `{ a?: string }` are. */
export type Same<A, B> = (<T>() => T extends Flat<A> ? 1 : 2) extends (<T>() => T extends Flat<B> ? 1 : 2) ? true : false
