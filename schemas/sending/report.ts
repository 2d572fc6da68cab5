import { Type } from '@sinclair/typebox'
import { cursor, notification } from '../examples.ts'
import { Id, Timestamp, UserId } from '../primitives.ts'
import { nullable, refTo } from '../ref.ts'
import { SentAudience } from './sent.ts'

const count = (description: string, example: number) => Type.Integer({ minimum: 0, description, examples: [example] })
const counted = (description: string, example: number) => Type.Optional(count(description, example))
const asOf = { cursor: Type.String({ description: 'Everything up to this place of the log is counted, and nothing after it.', examples: [cursor] }) }

const ESCALATIONS = ['planned', 'escalated', 'not_needed', 'refused', 'ended'] as const

const Demand = Type.Object({
  by: nullable(Timestamp({ description: 'Until when; null for no end.' })),
  outstanding: counted('Those who have not acknowledged it: a reminder is for them. Who had it muted or left owes nothing.', 12),
  reminded: count('How many reminders were given or have begun.', 1),
  reminded_at: nullable(Timestamp({ description: 'When the last of them began.' })),
  next_reminder_at: nullable(Timestamp({ description: 'When the next one that was planned begins.' })),
  remind_from: nullable(Timestamp({ description: 'From when on `POST /api/reports/{id}/remind` reminds again: an hour after the last reminder. Null: it does now.' })),
  escalate_to: nullable(SentAudience),
  escalation: nullable(Type.Unsafe<typeof ESCALATIONS[number]>({
    type: 'string', enum: [...ESCALATIONS], description: '`planned` for `by`; `escalated`; `not_needed`: all had acknowledged it; `refused`: its sender may not address one of the audiences any more; `ended`: it was recalled before. Null without `escalate_to`.'
  }))
}, { description: 'There if it must be acknowledged.' })

export const Report = Type.Object({
  id: Id({ description: 'The notification.' }),
  recipients: counted('Who was in its audience when it was sent: also who has left since, had it muted, or never looked. Not who joined later, nor whom `not` excludes.', 120),
  connected: counted('Those in its audience now with an open socket or stream at the node that answers.', 17),
  delivered: counted('Those of whom a device acknowledged it with `ack`, or who saw or read it, also if they marked it unread later, or who acknowledged it or chose an action of it.', 110),
  seen: counted('Those whose "seen" cursor passed it.', 80),
  read: counted('Those who have read it.', 64),
  acknowledged: count('Those who acknowledged it, late or not.', 12),
  late: count('Those of them who acknowledged it after `acknowledge.by`.', 1),
  acted: counted('Those who chose one of its actions.', 9),
  muted: counted('Those who had its topic muted when it was sent: it was not sent to them, so they neither saw nor read it.', 2),
  acknowledge: Type.Optional(Demand),
  ...asOf,
  as_of: Timestamp({ description: 'When it was counted. A report on more than 10,000 recipients may be up to ten seconds old.' })
}, {
  $id: 'Report',
  description: 'Who got a notification, and what they made of it. Once the log no longer has it, only acknowledgements are counted and the other numbers are absent.',
  examples: [{ id: notification.id, recipients: 120, connected: 17, delivered: 110, seen: 80, read: 64, acknowledged: 12, late: 1, acted: 9, muted: 2, cursor, as_of: '2026-01-31T12:05:00.000Z' }]
})
export const ReportRef = refTo(Report)

export const Reminded = Type.Object({
  message: Type.String({ examples: ['Reminder begun'] }),
  id: Id({ description: 'The notification.' }),
  reminded_at: Timestamp({ description: 'When the reminder began: now or, of one that is less than an hour old, then.' }),
  remind_from: Timestamp({ description: 'From when on this reminds again.' })
}, {
  $id: 'Reminded',
  description: 'The reminder that has begun, or the one of the last hour. `notification.reminder` reaches sockets and streams within seconds.',
  examples: [{ message: 'Reminder begun', id: notification.id, reminded_at: '2026-01-31T12:05:00.000Z', remind_from: '2026-01-31T13:05:00.000Z' }]
})
export const RemindedRef = refTo(Reminded)

const STATES = ['recipients', 'delivered', 'seen', 'read', 'acknowledged', 'outstanding', 'acted', 'muted'] as const

export const RecipientsQuery = Type.Object({
  state: Type.Optional(Type.Unsafe<typeof STATES[number]>({
    type: 'string', enum: [...STATES], default: 'recipients', description: 'Which recipients; `outstanding` are those who have to acknowledge it and have not: nobody, if it need not be.', examples: ['outstanding']
  })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'How many, at most.' })),
  after: Type.Optional(Type.String({ minLength: 1, maxLength: 2048, description: 'A `next_after` of this list.' }))
}, { additionalProperties: false })

const flag = (description: string) => Type.Boolean({ description })
const states = {
  delivered: flag('Whether a device of the user acknowledged it, or the user saw, read, acknowledged or acted on it.'),
  acted: flag('Whether the user chose one of its actions.'),
  late: flag('Whether it was acknowledged after `acknowledge.by`.'),
  acknowledged_at: Type.Union([Timestamp(), Type.Null()], { description: 'When the user acknowledged it; null if not.' })
}

const Recipient = Type.Object({
  user_id: UserId(),
  seen: flag('Whether the user\'s "seen" cursor passed it.'),
  read: flag('Whether the user has read it.'),
  muted: flag('Whether the user had its topic muted when it was sent.'),
  ...states
})

const someone = { user_id: 'bob', delivered: true, seen: true, read: false, acted: false, muted: false, late: false, acknowledged_at: null }

export const RecipientPage = Type.Object({
  items: Type.Array(Recipient),
  next_after: Type.Union([Type.String(), Type.Null()], { description: 'The `after` of the next page; null if there are no more. A page may have fewer items than `limit`, or none, although there is a next one.' }),
  ...asOf
}, { $id: 'RecipientPage', description: 'Recipients of a notification, in an order that does not change.', examples: [{ items: [someone], next_after: null, cursor }] })
export const RecipientPageRef = refTo(RecipientPage)

const REASONS = ['not_in_audience', 'joined_later', 'left', 'excluded', 'muted', 'expired', 'recalled', 'not_connected'] as const

const CHANNEL_STATES = ['sent', 'failed', 'waiting', 'quiet', 'digest', 'off', 'muted', 'no_address', 'not_needed', 'joined_later'] as const

const Channel = Type.Object({
  channel: Type.Unsafe<'push' | 'mail'>({ type: 'string', enum: ['push', 'mail'] }),
  state: Type.Unsafe<typeof CHANNEL_STATES[number]>({
    type: 'string',
    enum: [...CHANNEL_STATES],
    description: '`sent`; `failed`: refused, or given up. `waiting`: to be sent at `at`, if it is unread by then; `quiet`: held back by quiet hours until `at`; `digest`: collected until `at`. `off`, `muted`: by settings of today. `no_address`: there is nowhere to send it. `not_needed`: the user had got, read or put it away, or it had ended, before it was sent. `joined_later`: with `late_joiners`, the user joined the audience after it was sent to those who were there.'
  }),
  at: nullable(Timestamp({ description: 'When it was sent, or has failed, or until when it waits; null for every other state.' }))
})

export const UserReport = Type.Object({
  user_id: UserId(),
  matched: flag('Whether the user was in its audience when it was sent or, with `late_joiners`, joined it before it ended. Those who did are not in the counts.'),
  reasons: Type.Array(Type.Unsafe<typeof REASONS[number]>({ type: 'string', enum: [...REASONS] }), {
    description: 'Why the user did not get it, or does not have it any more. `not_in_audience`: nothing of the audience ever concerned the user. `joined_later`: it does since, so that the user is no recipient. `left`: the user left its audience, before it was sent or, with `matched`, after. `excluded`: by `not`. `muted`: its topic, when it was sent. `expired`, `recalled`: it has ended. `not_connected`: not delivered so far, and no socket or stream of the user is open at the node that answers.'
  }),
  muted_by: nullable(Type.Object({
    source: Type.Unsafe<'user' | 'company' | 'operator'>({ type: 'string', enum: ['user', 'company', 'operator'], description: 'Whose setting of the topic it was.' }),
    locked: flag('Whether it was a lock.')
  }, { description: 'If it was muted: who had decided so when it was sent.' })),
  ...states,
  seen_at: Type.Union([Timestamp(), Type.Null()], { description: 'When the user\'s "seen" cursor first passed it; null if it did not.' }),
  read_at: Type.Union([Timestamp(), Type.Null()], { description: 'When the user read it; null if it is unread.' }),
  channels: Type.Array(Channel, { description: 'What the channels besides the inbox did. Only those that this server has, and of a recipient.' }),
  ...asOf
}, {
  $id: 'UserReport',
  description: 'What became of a notification at one user, and why.',
  examples: [{ user_id: 'carol', matched: true, reasons: ['not_connected'], muted_by: null, delivered: false, acted: false, late: false, acknowledged_at: null, seen_at: null, read_at: null, channels: [{ channel: 'mail', state: 'sent', at: '2026-01-31T12:15:00.000Z' }], cursor }]
})
export const UserReportRef = refTo(UserReport)
