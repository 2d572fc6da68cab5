import { uuidv7 } from 'uuidv7'
import type { App } from '../../helper.ts'
import { users, type Actor } from './actors.ts'
import type { Request, Row } from './operations.ts'

const get = (status: number, ...who: readonly Actor[]) => Object.fromEntries(who.map(actor => [actor, status]))

/** Who manages the groups of company A, of company B, and global ones. */
const MANAGERS: [about: string, company: string | null, who: Actor[]][] = [
  ['of company A', 'company_a', ['root', 'alice', 'key groups:write', 'key groups:write:company_a']],
  ['of company B', 'company_b', ['root', 'dave', 'key groups:write']],
  ['that is global', null, ['root', 'key groups:write']]
]

async function newGroup (app: App, company: string | null, isOpen = false): Promise<string> {
  const group = `group ${uuidv7()}`
  await app.store.putGroup({ company, group }, { name: group, isOpen })
  return `/api/groups/${encodeURIComponent(group)}`
}

const manage = (about: string, company: string | null, who: Actor[]): Row[] => {
  const query = `?company=${company ?? ''}`
  const row = (operation: string, status: number, to: (url: string) => Request): Row => ({
    operation, about, answers: get(status, ...who), request: async app => to(await newGroup(app, company))
  })
  return [
    row('listGroups', 200, () => ({ method: 'GET', url: `/api/groups${query}` })),
    row('getGroup', 200, url => ({ method: 'GET', url: url + query })),
    row('putGroup', 200, url => ({ method: 'PUT', url: url + query, body: { name: 'New' } })),
    row('putGroup', 201, () => ({ method: 'PUT', url: `/api/groups/${uuidv7()}${query}`, body: {} })),
    row('removeGroup', 204, url => ({ method: 'DELETE', url: url + query })),
    row('listMembers', 200, url => ({ method: 'GET', url: `${url}/members${query}` })),
    row('changeMembers', 200, url => ({ method: 'PUT', url: `${url}/members${query}`, body: { add: ['nobody-yet'] } })),
    { ...row('getGroup', 404, () => ({ method: 'GET', url: `/api/groups/missing${query}` })), about: `${about}, missing` }
  ]
}

const join = (about: string, company: string | null, isOpen: boolean, who: readonly Actor[]): Row[] => {
  const request = (method: 'PUT' | 'DELETE') => async (app: App): Promise<Request> => ({ method, url: `${await newGroup(app, company, isOpen)}/members/me?company=${company ?? ''}` })
  return [
    { operation: 'joinGroup', about, request: request('PUT'), answers: get(200, ...who) },
    { operation: 'leaveGroup', about, request: request('DELETE'), answers: get(204, ...who) }
  ]
}

const envelope = { type: 'notification', payload: { title: 'Hello', message: 'there', type: 'info' } }
const SENDERS: [about: string, company: string | null, who: Actor[]][] = [
  ['of company A', 'company_a', ['root', 'alice', 'key send:all', 'key send:company:company_a']],
  ['of company B', 'company_b', ['root', 'dave', 'key send:all', 'key send:company:company_b']],
  ['that is global', null, ['root', 'key send:all']]
]
const send = (about: string, company: string | null, who: Actor[]): Row => ({
  operation: 'broadcastToGroup',
  about,
  request: async app => ({ method: 'POST', url: `${(await newGroup(app, company)).replace('/api/groups', '/api/broadcast/group')}?company=${company ?? ''}`, body: envelope }),
  answers: get(200, ...who)
})

const listOf = (id: string): Row['request'] => () => ({ method: 'GET', url: `/api/users/${id}/groups` })

export const grouping: Row[] = [
  ...MANAGERS.flatMap(row => manage(...row)),
  ...SENDERS.map(row => send(...row)),
  ...join('open, of company A', 'company_a', true, ['bob', 'alice']),
  ...join('open, global', null, true, users),
  ...join('closed', 'company_a', false, []),
  { operation: 'listGroupsOfUser', about: 'me', request: listOf('me'), answers: { ...get(200, ...users), ...get(404, 'key groups:write', 'key users:write') } },
  { operation: 'listGroupsOfUser', about: 'of company A', request: listOf('bob'), answers: get(200, 'bob', 'alice', 'root', 'key groups:write', 'key groups:write:company_a', 'key users:write') },
  { operation: 'listGroupsOfUser', about: 'of company B', request: listOf('carol'), answers: get(200, 'carol', 'dave', 'root', 'key groups:write', 'key users:write') },
  { operation: 'listGroupsOfUser', about: 'of nobody', request: listOf('nobody'), answers: get(404, 'root', 'key groups:write', 'key users:write') }
]
