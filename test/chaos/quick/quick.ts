import { ALLOWING } from '../../outbound/receiver.ts'
import type { ServerOptions } from '../server.ts'

/** A server that reminds and retries sooner, and calls webhooks of this machine. */
export const QUICK: ServerOptions = { entry: ['test/chaos/quick/server.ts'], env: ALLOWING }
