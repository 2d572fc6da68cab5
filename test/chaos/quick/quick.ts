import { newPushKey } from '../../../src/settings/push.ts'
import { ALLOWING } from '../../outbound/receiver.ts'
import type { ServerOptions } from '../server.ts'

/** How long after it was sent something is pushed, milliseconds. */
export const PUSH_AFTER_MS = 1_000

/** How long after it was sent something is mailed, milliseconds. */
export const MAIL_AFTER_MS = 1_000

/** A server that reminds and retries sooner, and calls webhooks of this machine. */
export const QUICK: ServerOptions = { entry: ['test/chaos/quick/server.ts'], env: ALLOWING }

/** It pushes, too: nodes of one store have one key. */
export const PUSHING: ServerOptions = { ...QUICK, env: { ...ALLOWING, VAPID_SUBJECT: 'mailto:ops@example.com', VAPID_PRIVATE_KEY: newPushKey(), PUSH_AFTER: String(PUSH_AFTER_MS / 1_000) } }
