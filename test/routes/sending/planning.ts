import type { Test } from 'tap'
import { build, call, clock, hello, people, type Answer, type Person } from '../../helper.ts'

export const MINUTE = 60_000
export const DAY = 1_440 * MINUTE
export const toA = { audience: { companies: ['company_a'] } }

/** An application whose clock a test sets forward, and that publishes when it is told to. */
export async function setUp (t: Test, env: Record<string, string> = {}) {
  const time = clock(t)
  const app = await build(t, env)
  for (const person of Object.values(people)) await call(app, person, 'GET', '/api/auth/me')
  const at = (ms: number) => new Date(Date.now() + ms).toISOString()
  const send = async (body: object, person: Person = people.root, query = '', headers = {}) => await call(app, person, 'POST', `/api/notifications/send${query}`, { ...hello, ...body }, headers)
  const plan = (method: 'GET' | 'PATCH' | 'DELETE', id: string, person: Person = people.root, body?: object) => call(app, person, method, `/api/scheduled/${id}`, body)
  const inbox = async (person: Person): Promise<any[]> => (await call(app, person, 'GET', '/api/notifications/me')).body.items
  return { app, time, at, send, plan, inbox }
}

/** The paths that a validation error names. */
export const pathsOf = ({ body }: Answer) => (body.errors as { path: string }[]).map(({ path }) => path)
