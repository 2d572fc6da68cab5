import { Type, type Static, type TSchema } from '@sinclair/typebox'
import { weekdays, type Weekday } from '../../src/protocol/preferences.ts'
import { bodies, cursor } from '../examples.ts'
import { pattern } from '../patterns.ts'
import { Topic as TopicName } from '../primitives.ts'
import { nullable, refTo } from '../ref.ts'
import { Mail, Switch } from './choice.ts'

const MAX_TOPICS = 200
const strict = { additionalProperties: false }
const Time = (options = {}) => Type.String({ ...pattern('^([01][0-9]|2[0-3]):[0-5][0-9]$', 'must be a time of day as HH:MM, from 00:00 to 23:59'), examples: ['22:00'], ...options })
const Day = Type.Unsafe<Weekday>({ type: 'string', enum: [...weekdays] })

/** `T` or null, also where `T` names its values. */
const resettable = <T extends TSchema>(schema: T) => Type.Unsafe<Static<T> | null>({
  ...schema, type: [schema['type'], 'null'], ...Array.isArray(schema['enum']) ? { enum: [...schema['enum'], null] } : {}
})

/** Something for each topic, by its name. */
function byTopic<T extends TSchema> (value: T, options: object) {
  const { pattern } = TopicName() as { pattern?: string }
  return Type.Unsafe<Record<string, Static<T>>>({ type: 'object', additionalProperties: value, propertyNames: { pattern }, ...options })
}

const inbox = Switch({ description: 'Off: its notifications are neither listed, counted nor sent, from then on; on again: from then on. What was before stays as it was.' })
const push = Switch({ description: 'Whether it is pushed.' })
const mail = Mail({ description: 'Whether it is mailed; `digest`: collected once a day.' })
const topics = { description: 'What the user chose, by topic.', maxProperties: MAX_TOPICS }
const channelsAbout = { ...strict, description: 'What the user chose for topics of which nothing is said of the channel.' }

const timezone = Type.String({ minLength: 1, maxLength: 64, description: 'The name of an IANA time zone.', examples: ['Europe/Berlin'] })
const days = Type.Array(Day, { minItems: 1, maxItems: 7, uniqueItems: true, description: 'The days on which they begin.', examples: [['mon', 'tue', 'wed', 'thu', 'fri']] })
const from = Time({ description: 'When they begin.' })
const to = Time({ description: 'When they end, on the next day if that is not after `from`.', examples: ['07:00'] })
const quietAbout = 'When push and mail wait, to be summed up at the end.'
const digestAbout = 'When the mail of a day is sent: in the time zone of the quiet hours or, without them, in UTC.'

const quietHours = Type.Object({ timezone, days, from, to }, { ...strict, description: quietAbout })

const choices = {
  topics: byTopic(Type.Object({ inbox: Type.Optional(inbox), push: Type.Optional(push), mail: Type.Optional(mail) }, strict), topics),
  channels: Type.Object({ push: Type.Optional(push), mail: Type.Optional(mail) }, channelsAbout),
  quiet_hours: nullable(quietHours),
  digest_at: nullable(Time({ description: digestAbout, examples: ['08:00'] }))
}

export const PreferencesReplacement = Type.Object({
  topics: Type.Optional(choices.topics),
  channels: Type.Optional(choices.channels),
  quiet_hours: Type.Optional(choices.quiet_hours),
  digest_at: Type.Optional(choices.digest_at)
}, { $id: 'PreferencesReplacement', ...strict, description: 'All that a user chooses: what is absent is reset.', examples: Object.values(bodies.PreferencesReplacement) })
export const PreferencesReplacementRef = refTo(PreferencesReplacement)

export const PreferencesChange = Type.Object({
  topics: Type.Optional(resettable(byTopic(
    resettable(Type.Object({ inbox: Type.Optional(resettable(inbox)), push: Type.Optional(resettable(push)), mail: Type.Optional(resettable(mail)) }, strict)), topics
  ))),
  channels: Type.Optional(resettable(Type.Object({ push: Type.Optional(resettable(push)), mail: Type.Optional(resettable(mail)) }, channelsAbout))),
  quiet_hours: Type.Optional(resettable(Type.Object({
    timezone: Type.Optional(timezone), days: Type.Optional(days), from: Type.Optional(from), to: Type.Optional(to)
  }, { ...strict, description: `${quietAbout} Fields that are absent stay as they are.` }))),
  digest_at: Type.Optional(choices.digest_at)
}, { $id: 'PreferencesChange', ...strict, minProperties: 1, description: 'What changes: what is absent stays as it is, null resets.', examples: Object.values(bodies.PreferencesChange) })
export const PreferencesChangeRef = refTo(PreferencesChange)

const effective = <T extends TSchema>(value: T) => Type.Object({
  value,
  source: Type.Unsafe<'user' | 'company' | 'operator'>({ type: 'string', enum: ['user', 'company', 'operator'], description: 'Who decides.' }),
  locked: Type.Boolean({ description: 'Whether the user cannot choose.' })
})
const about = Type.String({ description: 'What the topic is about, for people to read: as the company says, or else the operator. Absent if neither does.', examples: ['What happens to your orders'] })
const off = { value: 'off', source: 'user', locked: false }
const on = { value: 'on', source: 'operator', locked: false }

export const Preferences = Type.Object({
  ...choices,
  effective: Type.Object({
    topics: byTopic(Type.Object({ description: Type.Optional(about), inbox: effective(Switch()), push: effective(Switch()), mail: effective(Mail()) }), {
      description: 'What holds: for every topic with settings, or of which the user chose something. Every other topic is on, and not locked.'
    })
  }),
  cursor: Type.String({ description: 'The cursor of the log at which this holds.', examples: [cursor] })
}, {
  $id: 'Preferences',
  description: 'What a user chose, and what holds: the operator\'s lock, the company\'s lock, the user\'s choice, the company\'s default, the operator\'s default, whichever comes first.',
  examples: [{
    topics: { orders: { inbox: 'off' } },
    channels: { mail: 'digest' },
    quiet_hours: { timezone: 'Europe/Berlin', days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '22:00', to: '07:00' },
    digest_at: '08:00',
    effective: { topics: { orders: { description: 'What happens to your orders', inbox: off, push: on, mail: { ...off, value: 'digest' } } } },
    cursor
  }]
})
export const PreferencesRef = refTo(Preferences)
