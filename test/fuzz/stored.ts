import { isDeepStrictEqual } from 'node:util'
import type { App } from '../helper.ts'
import type { FuzzRequest } from './requests.ts'

/** What is in the log otherwise than the body of an accepted send or broadcast says; nothing if it is there to the letter. */
export async function storedOtherwise ({ store }: App, { body }: FuzzRequest): Promise<string | undefined> {
  const sent = JSON.parse(String(body).replace(/^\ufeff/, ''))
  const [event] = await store.events(await store.head() - 1, 1)
  if (event?.kind !== 'notification') return undefined
  const stored = JSON.parse(event.body)
  const { title, message, type, data } = stored
  const { payload, topic } = sent
  const expected = payload
    ? { title: payload.title, message: payload.message, type: payload.type, data: payload.data ?? {} }
    : { title: sent.title, message: sent.message, type: sent.priority, data: { ...sent.data, topic } }
  const shapeOf = ({ url, icon, actions, urgency }: Record<string, unknown>) => ({ url, icon, actions, urgency })
  return isDeepStrictEqual({ title, message, type, data, ...shapeOf(stored) }, { ...expected, ...shapeOf(payload ?? sent) }) ? undefined : event.body
}
