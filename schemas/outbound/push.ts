import { Type } from '@sinclair/typebox'
import type { ReceiptState } from '../../src/protocol/outbound/push.ts'
import { bodies } from '../examples.ts'
import { pattern } from '../patterns.ts'
import { ActionId } from '../shape.ts'
import { Id, Timestamp } from '../primitives.ts'
import { nullable, refTo } from '../ref.ts'
import { push } from './examples.ts'

const Endpoint = () => Type.String({
  maxLength: 2048,
  ...pattern('^[^\\s\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]+$', 'must be a URL without white space or control characters'),
  description: 'Where to push: an `https` URL of the public internet, as the browser says it.',
  examples: [push.endpoint]
})
const Base64Url = (maxLength: number, options: object) => Type.String({ maxLength, ...pattern('^[A-Za-z0-9_+/-]+={0,2}$', 'must be base64url'), ...options })
const Device = () => Id({ description: 'The name of the device, as sockets give it as `device`: what is pushed to it counts as delivered to it. Without it, `push`.', examples: ['phone'] })

export const PushKey = Type.Object({
  key: Type.String({ description: 'The public key of this server, base64url: the `applicationServerKey` to subscribe with.', examples: [push.key] })
}, { $id: 'PushKey', description: 'By what push services know this server (VAPID).', examples: [{ key: push.key }] })
export const PushKeyRef = refTo(PushKey)

export const NewPushSubscription = Type.Object({
  endpoint: Endpoint(),
  expirationTime: Type.Optional(nullable(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'When the browser ends it, milliseconds since 1970.', examples: [1801396800000] }))),
  keys: Type.Object({
    p256dh: Base64Url(128, { description: 'The browser\'s public key, base64url.', examples: [push.p256dh] }),
    auth: Base64Url(64, { description: 'The browser\'s secret, base64url.', examples: [push.auth] })
  }, { additionalProperties: false }),
  device: Type.Optional(Device())
}, { $id: 'NewPushSubscription', additionalProperties: false, description: 'A `PushSubscription` as its `toJSON()` makes it, and the name of the device.', examples: Object.values(bodies.NewPushSubscription) })
export const NewPushSubscriptionRef = refTo(NewPushSubscription)

export const PushSubscription = Type.Object({
  id: Id(),
  endpoint: Endpoint(),
  device: nullable(Device()),
  created_at: Timestamp(),
  renewed_at: Timestamp({ description: 'When it was registered last.' }),
  expires_at: nullable(Timestamp({ description: 'When the browser ends it; null if it does not say.' }))
}, { $id: 'PushSubscription', description: 'Where a user gets pushes, without its keys.', examples: [push.subscription] })
export const PushSubscriptionRef = refTo(PushSubscription)

export const PushSubscriptionList = Type.Object({ items: Type.Array(PushSubscriptionRef) }, {
  $id: 'PushSubscriptionList', description: 'A user\'s push subscriptions, the newest first; ten at the most.', examples: [{ items: [push.subscription] }]
})
export const PushSubscriptionListRef = refTo(PushSubscriptionList)

export const PushReceipt = Type.Object({
  receipt: Type.String({ minLength: 1, maxLength: 256, description: 'The `receipt` of the pushed message.', examples: [push.receipt] }),
  state: Type.Unsafe<ReceiptState>({ type: 'string', enum: ['delivered', 'acted'], description: '`delivered`: it was shown. `acted`: the user opened it, or with `action` chose that action; the one leaves the other to be told.' }),
  action: Type.Optional(ActionId({ description: 'The `id` of the action that the user chose.' }))
}, { $id: 'PushReceipt', additionalProperties: false, description: 'What became of a push.', examples: Object.values(bodies.PushReceipt) })
export const PushReceiptRef = refTo(PushReceipt)
