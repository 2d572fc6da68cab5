import { isPlatformAdmin, pathOf, type Me } from '../access.ts'

/** A group, as the API answers it. */
export interface GroupItem { group: string, company: string | null, name: string, open: boolean, members: number }

/** The path of a group's call: a platform admin names whose it is, '' for a global one. */
export function groupPath (parts: string[], me: Me, company: string | null, query: Record<string, string | number | undefined> = {}): string {
  const path = pathOf(['groups', ...parts], query)
  return isPlatformAdmin(me) ? `${path}${path.includes('?') ? '&' : '?'}company=${encodeURIComponent(company ?? '')}` : path
}
