import { isPlatformAdmin, type Me } from './access.ts'

export type PageName = 'overview' | 'compose' | 'sent' | 'scheduled' | 'users' | 'groups' | 'topics' | 'webhooks' | 'keys' | 'log'

/** Every page, by the first part of the path below `/console`, in the order of the rail. Those that are not of the platform are for whoever may manage a company. */
export const PAGES: { name: PageName, title: string, isPlatform?: boolean }[] = [
  { name: 'overview', title: 'Overview', isPlatform: true },
  { name: 'compose', title: 'Compose' },
  { name: 'sent', title: 'Sent' },
  { name: 'scheduled', title: 'Scheduled' },
  { name: 'users', title: 'Users' },
  { name: 'groups', title: 'Groups' },
  { name: 'topics', title: 'Topics' },
  { name: 'webhooks', title: 'Webhooks' },
  { name: 'keys', title: 'API keys', isPlatform: true },
  { name: 'log', title: 'Log' }
]

/** The pages that somebody may see. */
export const pagesFor = (me: Me) => PAGES.filter(({ isPlatform }) => !isPlatform || isPlatformAdmin(me))

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
  const page = name === '' ? 'overview' : PAGES.find(page => page.name === name)?.name
  return { page, item: item === undefined || item === '' ? undefined : decoded(item), query: new URLSearchParams(search) }
}

/** The address of a page, for links and for `navigate`; empty filters are left out. */
export function hrefOf (root: string, page: PageName, item?: string, query: Record<string, string | undefined> = {}): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') params.set(name, value)
  const text = params.toString()
  return `${root}console/${page}${item === undefined ? '' : `/${encodeURIComponent(item)}`}${text === '' ? '' : `?${text}`}`
}

/** The title of a route, whose page is called so: tabs and bookmarks can be told apart by it. */
export function titleOf ({ item }: Route, page = 'No such page'): string {
  return [item === 'new' ? 'New' : item, page, 'Belfry'].filter(part => part !== undefined).join(' · ')
}

/** What cannot be decoded names nothing. */
function decoded (part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
