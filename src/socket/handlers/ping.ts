import type { Handler } from './context.ts'

export const ping: Handler<'ping'> = () => ({ frame: { type: 'pong' } })
