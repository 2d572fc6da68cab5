import { createHmac, randomBytes } from 'node:crypto'
import type { WebhookSecret } from '../../store/contract/webhooks.ts'

const PREFIX = 'whsec_'
const BYTES = 32

/** A new secret, as Standard Webhooks writes them. */
export function newWebhookSecret (): string {
  return PREFIX + randomBytes(BYTES).toString('base64')
}

/** The headers of a call by Standard Webhooks: the same id for every attempt, and a signature for each secret that signs at `now` (milliseconds). */
export function signedHeaders (id: string, body: string, secrets: readonly WebhookSecret[], now: number): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000))
  const signing = secrets.filter(({ until }) => until === null || until > now)
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signing.map(({ secret }) => `v1,${sign(`${id}.${timestamp}.${body}`, secret)}`).join(' ')
  }
}

function sign (text: string, secret: string): string {
  return createHmac('sha256', Buffer.from(secret.slice(PREFIX.length), 'base64')).update(text).digest('base64')
}
