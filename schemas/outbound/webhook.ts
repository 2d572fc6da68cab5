import { Type, type Static } from '@sinclair/typebox'
import { feedTypes, type FeedType } from '../../src/protocol/outbound/feed.ts'
import { callStates, type CallState, type DisabledReason } from '../../src/protocol/outbound/webhook.ts'
import { bodies, cursor } from '../examples.ts'
import { pattern } from '../patterns.ts'
import { Company, Cursor, Id, Timestamp } from '../primitives.ts'
import { nullable, refTo } from '../ref.ts'
import { webhook } from './examples.ts'

const Url = () => Type.String({
  maxLength: 2048,
  ...pattern('^[^\\s\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]+$', 'must be a URL without white space or control characters'),
  description: 'Where to post: an `https` URL of the public internet, without a user name or password, and not at port 25. Names are checked whenever they are resolved.',
  examples: ['https://shop.example/belfry']
})
const Types = () => Type.Array(Type.Unsafe<FeedType>({ type: 'string', enum: [...feedTypes] }), {
  minItems: 1, maxItems: feedTypes.length, uniqueItems: true, description: 'For which events of the feed it is called.', examples: [['notification.read', 'notification.acknowledged']]
})
const Ordered = () => Type.Boolean({ description: 'Whether it is called for one event after the other, so that one that fails holds up all behind it. Otherwise up to eight calls are under way at once, and may overtake each other: `data.cursor` orders them.' })
const State = () => Type.Unsafe<'active' | 'disabled'>({ type: 'string', enum: ['active', 'disabled'], description: 'Whether it is called.' })

export const NewWebhook = Type.Object({
  url: Url(),
  types: Types(),
  company: Type.Optional(nullable(Company({ description: 'Whose events: what was sent to this company alone, and what its users did. Without it, or null: those of the caller\'s own company, or everybody\'s for a caller who has none.' }))),
  ordered: Type.Optional({ ...Ordered(), default: false })
}, { $id: 'NewWebhook', additionalProperties: false, description: 'A webhook to create.', examples: Object.values(bodies.NewWebhook) })
export type NewWebhook = Static<typeof NewWebhook>
export const NewWebhookRef = refTo(NewWebhook)

export const WebhookChange = Type.Object({
  url: Type.Optional(Url()),
  types: Type.Optional(Types()),
  ordered: Type.Optional(Ordered()),
  state: Type.Optional(State())
}, { $id: 'WebhookChange', additionalProperties: false, minProperties: 1, description: 'What changes of a webhook; what is absent stays.', examples: Object.values(bodies.WebhookChange) })
export const WebhookChangeRef = refTo(WebhookChange)

export const Webhook = Type.Object({
  id: Id(),
  url: Url(),
  types: Types(),
  company: nullable(Company({ description: 'Whose events; null for everybody\'s.' })),
  ordered: Ordered(),
  state: State(),
  disabled_reason: Type.Union([Type.Unsafe<DisabledReason>({ type: 'string', enum: ['gone', 'failing', 'manual'] }), Type.Null()], {
    description: 'Why it is disabled. `gone`: it answered 410. `failing`: nothing was delivered for five days, although it was tried. `manual`: somebody disabled it.'
  }),
  failing_since: nullable(Timestamp({ description: 'When the first call failed since which none was delivered; null if the last one was. After five days it is disabled.' })),
  missed: Type.Integer({ minimum: 0, description: 'How many events retention removed before it was called for them, since it was created: it went on after them.' }),
  missed_at: nullable(Timestamp({ description: 'When it was noticed last that events were missed.' })),
  created_at: Timestamp()
}, { $id: 'Webhook', description: 'A webhook, without its secret.', examples: [webhook] })
export const WebhookRef = refTo(Webhook)

const secret = Type.String({ description: 'What signs its calls, as Standard Webhooks writes it. It is not shown again.', examples: ['whsec_plJ3nmyCDGBKInavdOK15jsl'] })

export const CreatedWebhook = Type.Object({ ...Webhook.properties, secret }, {
  $id: 'CreatedWebhook', description: 'A webhook, with its secret.', examples: [{ ...webhook, secret: 'whsec_plJ3nmyCDGBKInavdOK15jsl' }]
})
export const CreatedWebhookRef = refTo(CreatedWebhook)

export const WebhookPage = Type.Object({
  items: Type.Array(WebhookRef),
  next_after: Type.Union([Id(), Type.Null()], { description: 'The `after` of the next page; null if there are no more.' })
}, { $id: 'WebhookPage', description: 'Webhooks, in the order in which they were made.', examples: [{ items: [webhook], next_after: null }] })
export const WebhookPageRef = refTo(WebhookPage)

export const RotatedSecret = Type.Object({ secret }, { $id: 'RotatedSecret', description: 'The new secret of a webhook.', examples: [{ secret: 'whsec_plJ3nmyCDGBKInavdOK15jsl' }] })
export const RotatedSecretRef = refTo(RotatedSecret)

const Status = nullable(Type.Integer({ description: 'The HTTP status of the answer; null if there was none.', examples: [200] }))

export const WebhookTest = Type.Object({
  state: Type.Unsafe<'delivered' | 'failed'>({ type: 'string', enum: ['delivered', 'failed'] }),
  status: Status,
  error: Type.Optional(Type.String({ description: 'Why it was not delivered.', examples: ['answered 500'] }))
}, { $id: 'WebhookTest', description: 'What came of a test call.', examples: [{ state: 'failed', status: 500, error: 'answered 500' }] })
export const WebhookTestRef = refTo(WebhookTest)

const CallStateOf = () => Type.Unsafe<CallState>({
  type: 'string', enum: [...callStates], description: '`pending`: it is tried again at `next_at`. `delivered`: it was answered with a 2xx. `failed`: it was given up.'
})

const Attempt = Type.Object({
  webhook_id: Type.String({ description: 'The `webhook-id` of its calls: the same for each attempt.', examples: [`${webhook.id}_k3v9x0qa_100`] }),
  n: Type.Integer({ minimum: 1, description: 'How many attempts there were.' }),
  at: Timestamp({ description: 'When the last one ended.' }),
  status: Status,
  error: Type.Optional(Type.String({ description: 'Why the last one failed.' })),
  next_at: Type.Optional(Timestamp({ description: 'When the next one is due.' })),
  state: CallStateOf(),
  replay_since: Cursor({ description: 'The `since` of a replay that begins with this event.' })
})

export const AttemptsQuery = Type.Object({
  state: Type.Optional(CallStateOf()),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'How many, at most.' })),
  before: Type.Optional(Cursor({ description: 'A `next_before` of this list.' }))
}, { additionalProperties: false })

export const AttemptPage = Type.Object({
  items: Type.Array(Attempt),
  next_before: Type.Union([Cursor(), Type.Null()], { description: 'The `before` of the next page; null if there are no more.' })
}, {
  $id: 'AttemptPage',
  description: 'What came of the calls of a webhook, the newest event first.',
  examples: [{ items: [{ webhook_id: `${webhook.id}_k3v9x0qa_100`, n: 2, at: '2026-01-31T12:00:05.000Z', status: 500, error: 'answered 500', next_at: '2026-01-31T12:05:05.000Z', state: 'pending', replay_since: cursor }], next_before: null }]
})
export const AttemptPageRef = refTo(AttemptPage)

export const Replay = Type.Object({ since: Cursor({ description: 'Events after this cursor are delivered again.' }) }, {
  $id: 'Replay', additionalProperties: false, description: 'From where to deliver again.', examples: Object.values(bodies.Replay)
})
export const ReplayRef = refTo(Replay)

export const Replayed = Type.Object({ message: Type.String(), cursor: Cursor() }, {
  $id: 'Replayed', description: 'From where a webhook delivers now.', examples: [{ message: 'Replay started', cursor }]
})
export const ReplayedRef = refTo(Replayed)
