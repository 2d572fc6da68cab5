/** White space and control characters, which browsers drop from an address before they read it. */
const HIDDEN = /[\s\p{Cc}\p{Cf}]/u
const SCHEMES = ['https:', 'http:', 'mailto:']

/**
 * The address if a link may lead there: `https`, `http`, `mailto`, or a path of this site. Undefined for everything else,
 * such as `javascript:`, `data:`, or `//elsewhere.example`: the server refuses those, but it is not the only one that
 * a client may be connected to.
 */
export function safeLink (url: unknown): string | undefined {
  if (typeof url !== 'string' || url === '' || HIDDEN.test(url)) return undefined
  if (url.startsWith('/')) return /^\/[/\\]/.test(url) ? undefined : url
  try {
    return SCHEMES.includes(new URL(url).protocol) ? url : undefined
  } catch {
    return undefined
  }
}

/** The address of an icon if it is of one of the `origins`: pictures of anybody else's would tell them who reads. */
export function safeIcon (icon: unknown, origins: readonly string[]): string | undefined {
  if (typeof icon !== 'string' || origins.length === 0) return undefined
  try {
    const { protocol, origin, href } = new URL(icon)
    return protocol === 'https:' && origins.includes(origin) ? href : undefined
  } catch {
    return undefined
  }
}
