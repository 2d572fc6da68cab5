import { uuidv7 } from 'uuidv7'
import type { App } from '../../helper.ts'
import { users, type Actor } from './actors.ts'
import type { Request, Row } from './operations.ts'

const get = (status: number, ...who: readonly Actor[]) => Object.fromEntries(who.map(actor => [actor, status]))
const fixed = (method: Request['method'], url: string, body?: object) => () => ({ method, url, ...(body ? { body } : {}) })

/** One topic for all, since there are 200 at most; it is made again if it was removed. */
async function newTopic (app: App, company: string | null): Promise<string> {
  const topic = 'matrix'
  await app.store.putTopic(topic, company, { description: null, default: 'on', isLocked: false, channels: {} })
  return `/api/topics/${topic}${company === null ? '' : `/company/${company}`}`
}

const topics = (suffix: string, about: string, company: string | null, who: Actor[], readers = who): Row[] => {
  const row = (operation: string, status: number, to: (url: string) => Request, actors = who): Row => ({
    operation: operation + suffix, about, answers: get(status, ...actors), request: async app => to(await newTopic(app, company))
  })
  const missing = `/api/topics/missing${company === null ? '' : `/company/${company}`}`
  return [
    row('getTopic', 200, url => ({ method: 'GET', url }), readers),
    row('countChoices', 200, url => ({ method: 'GET', url: `${url}/choices` })),
    row('putTopic', 200, url => ({ method: 'PUT', url, body: { default: 'off' } })),
    { operation: `putTopic${suffix}`, about: `${about}, new`, answers: get(201, ...who), request: () => ({ method: 'PUT', url: missing.replace('missing', `t-${uuidv7()}`), body: {} }) },
    row('removeTopic', 204, url => ({ method: 'DELETE', url })),
    { operation: `getTopic${suffix}`, about: `${about}, missing`, answers: get(404, ...readers), request: fixed('GET', missing) }
  ]
}

const ADMINS_A: Actor[] = ['root', 'alice', 'key topics:write']
const ADMINS_B: Actor[] = ['root', 'dave', 'key topics:write']
const OPERATORS: Actor[] = ['root', 'key topics:write']
const read = (about: string, id: string, answers: Row['answers']): Row => ({ operation: 'getPreferences', about, request: fixed('GET', `/api/preferences/${id}`), answers })
const change = (about: string, id: string, answers: Row['answers']): Row[] => [
  { operation: 'changePreferences', about, request: fixed('PATCH', `/api/preferences/${id}`, { digest_at: '08:00' }), answers },
  { operation: 'replacePreferences', about, request: fixed('PUT', `/api/preferences/${id}`, { channels: { push: 'off' } }), answers }
]

export const preferring: Row[] = [
  ...topics('', 'of the operator', null, OPERATORS, [...OPERATORS, 'alice', 'dave']),
  ...topics('OfCompany', 'of company A', 'company_a', ADMINS_A),
  ...topics('OfCompany', 'of company B', 'company_b', ADMINS_B),
  { operation: 'listTopics', about: 'of the operator', request: fixed('GET', '/api/topics'), answers: get(200, ...OPERATORS, 'alice', 'dave') },
  { operation: 'listTopics', about: 'of company A', request: fixed('GET', '/api/topics?company=company_a'), answers: get(200, ...ADMINS_A) },
  { operation: 'listTopics', about: 'of company B', request: fixed('GET', '/api/topics?company=company_b'), answers: get(200, ...ADMINS_B) },
  read('me', 'me', get(200, ...users)),
  read('of company A', 'bob', get(200, 'bob', 'alice', 'root')),
  read('of company B', 'carol', get(200, 'carol', 'dave', 'root')),
  read('of nobody', 'nobody', get(404, 'root')),
  ...change('me', 'me', get(200, ...users)),
  ...change('of company A', 'bob', get(200, 'bob'))
]
