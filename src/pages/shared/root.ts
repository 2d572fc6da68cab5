/** The root of the server, with its path prefix and a slash at the end: every bundled module lies in a folder below it. */
export const root = new URL('../', import.meta.url)

/** An address on this server, from a path without a slash at its beginning. */
export const at = (path: string): string => new URL(path, root).href
