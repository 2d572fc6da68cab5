import type { Handler } from './context.ts'

export const send: Handler<'send'> = async ({ services, identity }, payload) => {
  return { type: 'ok', payload: await services.send(identity, payload) }
}
