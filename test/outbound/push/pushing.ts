import type { Test } from 'tap'
import type { Overrides } from '../../../src/app.ts'
import { PACE } from '../../../src/outbound/push/services.ts'
import { build, call, clock, hello, people, type App, type Person } from '../../helper.ts'
import { until } from '../../within.ts'
import { ALLOWING } from '../receiver.ts'
import { PushService, type Browser } from './service.ts'

export const PUSHING = { VAPID_SUBJECT: 'mailto:ops@example.com', ...ALLOWING }

/** An application that pushes to a push service of its own, and knows everybody. Time passes by hand. */
export async function pushing (t: Test, env: Record<string, string> = {}, overrides: Overrides = {}) {
  const { forward } = clock(t)
  waitingFor(t, 60_000)
  const app = await build(t, { ...PUSHING, ...env }, { leaseMs: 300, ...overrides })
  for (const person of Object.values(people)) await call(app, person, 'GET', '/api/auth/me')
  const service = await PushService.open(t)
  const subscribe = async (person: Person, name: string = person.sub, more: object = {}): Promise<Browser> => {
    const browser = service.subscribe(name)
    const { status, body } = await call(app, person, 'POST', '/api/push/subscriptions', { ...browser.subscription, ...more })
    t.equal(status, 201, JSON.stringify(body))
    return browser
  }
  const send = async (overrides: object = {}) => {
    const { status, body } = await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, ...overrides })
    t.equal(status, 200, JSON.stringify(body))
    return body as { id: string, cursor: string }
  }
  return { app, service, subscribe, send, forward, passed: () => passed(app) }
}

/** How long a push service's answer is waited for in this test, milliseconds: what takes longer is out, and due again much later, which `passed` takes for passed. */
export function waitingFor (t: Test, ms: number): void {
  const { lateMs } = PACE
  PACE.lateMs = ms
  t.teardown(() => { PACE.lateMs = lateMs })
}

/** Waits until the reader has looked at everything there is. */
export async function passed (app: App): Promise<void> {
  await until('the reader of pushes to be at the head', async () => {
    const reader = await app.store.reader('push')
    const { pending, dueIn } = await app.store.pendingPushes()
    return reader !== undefined && reader.lagMs === null && (pending === 0 || dueIn! > 0)
  })
}
