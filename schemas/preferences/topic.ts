import { Type, type Static } from '@sinclair/typebox'
import { bodies } from '../examples.ts'
import { Company, Text, Topic as TopicName } from '../primitives.ts'
import { nullable, refTo } from '../ref.ts'
import { Mail, Switch } from './choice.ts'

const channels = (what: string) => Type.Object({
  push: Type.Optional(Switch({ description: `Whether ${what} are pushed.` })),
  mail: Type.Optional(Mail({ description: `Whether ${what} are mailed, \`digest\`: collected once a day.` }))
}, { additionalProperties: false, description: 'Channels besides the inbox. One that is absent is on or, in a company, as the operator says.' })

const properties = {
  description: Type.Optional(Text(500, { description: 'What it is about, for people to read.', examples: ['What happens to your orders'] })),
  default: Type.Optional(Switch({ default: 'on', description: 'Whether its notifications are in the inboxes of users who chose nothing.' })),
  locked: Type.Optional(Type.Boolean({ default: false, description: 'Whether this holds against what users choose, and the operator\'s against what companies say. What users chose holds again once it is unlocked.' })),
  channels: Type.Optional(channels('notifications of users who chose nothing'))
}

export const TopicSettings = Type.Object(properties, {
  $id: 'TopicSettings', additionalProperties: false, description: 'Settings of a topic: what is absent is set to its default.', examples: Object.values(bodies.TopicSettings)
})
export const TopicSettingsRef = refTo(TopicSettings)

export const TopicChoices = Type.Object({
  off: Type.Integer({ minimum: 0, maximum: 10_000, description: 'How many users chose to have its inbox off: those whom a lock that says "on" overrules. 10,000 stands for that many or more.', examples: [38] })
}, { $id: 'TopicChoices', description: 'What users chose of a topic.', examples: [{ off: 38 }] })
export const TopicChoicesRef = refTo(TopicChoices)

const topic = { name: 'orders', company: null, description: 'What happens to your orders', default: 'on', locked: false, channels: { mail: 'digest' } }

export const Topic = Type.Object({
  name: TopicName({ examples: ['orders'] }),
  company: nullable(Company({ description: 'The company whose settings these are; null for the operator\'s.' })),
  description: properties.description,
  default: Switch({ description: 'Whether its notifications are in the inboxes of users who chose nothing.' }),
  locked: Type.Boolean({ description: 'Whether this holds against what users choose.' }),
  channels: channels('its notifications')
}, { $id: 'Topic', description: 'Settings of a topic. A topic without settings is on, and not locked.', examples: [topic] })
export type Topic = Static<typeof Topic>
export const TopicRef = refTo(Topic)

export const TopicList = Type.Object({ items: Type.Array(TopicRef) }, { $id: 'TopicList', description: 'Settings of topics, by name; 200 at most.', examples: [{ items: [topic] }] })
export const TopicListRef = refTo(TopicList)
