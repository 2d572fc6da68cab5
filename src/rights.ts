import { isPlatformAdmin, senderOf, type Principal } from './principal.ts'

/** How far a right reaches: what is one's own, what lies in one's company, or everything. */
type Reach = 'none' | 'own' | 'company' | 'any'

interface Rule {
  user: Reach
  companyAdmin: Reach
  platformAdmin: Reach
  /** Scopes of API keys that grant it, `<company>` standing for the target's. */
  scopes: string[]
}

/** The one table of who may do what: the guards of routes and of socket verbs ask it, the document quotes it. */
export const rights = {
  'inbox.use': { user: 'own', companyAdmin: 'own', platformAdmin: 'own', scopes: [] },
  'inbox.read': { user: 'own', companyAdmin: 'company', platformAdmin: 'any', scopes: ['inbox:read'] },
  'send.all': { user: 'none', companyAdmin: 'none', platformAdmin: 'any', scopes: ['send:all'] },
  'send.company': { user: 'none', companyAdmin: 'company', platformAdmin: 'any', scopes: ['send:company:<company>', 'send:all'] },
  recall: { user: 'own', companyAdmin: 'company', platformAdmin: 'any', scopes: [] },
  'users.manage': { user: 'none', companyAdmin: 'company', platformAdmin: 'any', scopes: ['users:write'] },
  'keys.manage': { user: 'none', companyAdmin: 'none', platformAdmin: 'any', scopes: [] },
  'metrics.read': { user: 'none', companyAdmin: 'none', platformAdmin: 'any', scopes: ['metrics:read'] }
} as const satisfies Record<string, Rule>

export type Right = keyof typeof rights

/** What an action is about: whose it is (a sender, `user:<id>`), and the company it lies in. */
export interface Target { owner?: string, company?: string | null }

export function may (principal: Principal, right: Right, target: Target = {}): boolean {
  const rule: Rule = rights[right]
  if (principal.kind === 'key') {
    const isOwn = right === 'recall' && target.owner === senderOf(principal)
    return isOwn || rule.scopes.some(scope => isGranted(scope, principal.scopes, target))
  }
  const reach = isPlatformAdmin(principal) ? rule.platformAdmin : principal.role === 'admin' ? rule.companyAdmin : rule.user
  if (reach === 'none') return false
  if (reach === 'any' || target.owner === senderOf(principal)) return true
  return reach === 'company' && principal.company !== null && target.company === principal.company
}

/** Whether a principal has a right towards at least some target: what a guard can say before it knows which. */
export function mayEver (principal: Principal, right: Right): boolean {
  const rule: Rule = rights[right]
  if (principal.kind === 'key') return rule.scopes.some(scope => principal.scopes.some(held => held.startsWith(scope.replace('<company>', ''))))
  const reach = isPlatformAdmin(principal) ? rule.platformAdmin : principal.role === 'admin' ? rule.companyAdmin : rule.user
  return reach !== 'none'
}

function isGranted (scope: string, held: string[], { company }: Target): boolean {
  if (!scope.includes('<company>')) return held.includes(scope)
  return typeof company === 'string' && held.includes(scope.replace('<company>', company))
}
