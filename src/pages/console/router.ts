/** The pages, by the first part of the path below `/console`. */
export const pages = ['overview', 'compose', 'sent', 'scheduled', 'users', 'groups', 'topics', 'webhooks', 'keys', 'log'] as const
export type PageName = typeof pages[number]

/** Where somebody is: a page, what is open in it, and its filters. */
export interface Route {
  /** Undefined if there is no such page. */
  page: PageName | undefined
  /** What is open: an id, or `new`. */
  item: string | undefined
  query: URLSearchParams
}

/** The route of an address; `root` is the path of the server, which ends with a slash. */
export function routeOf (root: string, { pathname, search }: Pick<URL, 'pathname' | 'search'>): Route {
  const [name = '', item] = pathname.slice(`${root}console`.length).split('/').slice(1)
  const page = name === '' ? 'overview' : pages.find(page => page === name)
  return { page, item: item === undefined || item === '' ? undefined : decoded(item), query: new URLSearchParams(search) }
}

/** The address of a page, for links and for `navigate`; empty filters are left out. */
export function hrefOf (root: string, page: PageName, item?: string, query: Record<string, string | undefined> = {}): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') params.set(name, value)
  const text = params.toString()
  return `${root}console/${page}${item === undefined ? '' : `/${encodeURIComponent(item)}`}${text === '' ? '' : `?${text}`}`
}

/** What cannot be decoded names nothing. */
function decoded (part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
