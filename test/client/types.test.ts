import type { Static } from '@sinclair/typebox'
import { test } from 'tap'
import { BatchResult } from '../../schemas/sending/batch.ts'
import { Envelope } from '../../schemas/envelope.ts'
import { Scheduled } from '../../schemas/sending/scheduled.ts'
import { InboxItem } from '../../schemas/notification.ts'
import { Preferences, PreferencesChange } from '../../schemas/preferences/preferences.ts'
import { RecipientPage, RecipientsQuery, Reminded, Report, UserReport } from '../../schemas/sending/report.ts'
import { Broadcasted, Sent } from '../../schemas/send.ts'
import type * as client from '../../src/client/index.ts'
import type { eventNames } from '../../src/client/events.ts'
import type * as preferences from '../../src/client/preferences.ts'
import type * as reports from '../../src/client/backend/reports.ts'
import { preferencesOf } from '../../src/client/preferences.ts'
import { recipientOf, remind } from '../../src/client/backend/reports.ts'
import type { Same } from '../protocol/same-type.ts'
import type { ServerFrame } from '../../src/protocol/server-frames.ts'

// The compiler proves what is written here. Frames, and what is sent, are types of the protocol, which has a test like this.

/** What the client does not change, and an answer's schema says nothing of. */
type Writable<T> = { -readonly [K in keyof T]: T[K] }
/** An item of a batch, less the problem, which the client throws or returns as an error. */
type Item = Exclude<Static<typeof BatchResult>['items'][number], { code: string }>
type Payload = Static<typeof Envelope>['payload']

const answers: [
  Same<Static<typeof Sent>, client.Sent>,
  Same<Static<typeof Scheduled>, client.Scheduled>,
  Same<Static<typeof Broadcasted>, client.Broadcasted>,
  Same<Item, client.BatchItem>,
  // The label stands outside; when it was made is the server's to say.
  Same<Omit<Payload, 'created_at' | 'read'>, client.Broadcast>,
  Same<Static<typeof InboxItem>, Writable<client.InboxItem>>,
  Same<Static<typeof Preferences>, preferences.Preferences>,
  Same<Static<typeof PreferencesChange>, preferences.PreferencesChange>,
  Same<Static<typeof Report>, reports.Report>,
  Same<Static<typeof RecipientPage>, reports.RecipientPage>,
  Same<NonNullable<Static<typeof RecipientsQuery>['state']>, reports.RecipientState>,
  Same<Static<typeof UserReport>, reports.UserReport>,
  Same<Static<typeof Reminded>, reports.Reminded>
] = [true, true, true, true, true, true, true, true, true, true, true, true, true]

/** What listeners are called with, by the frame that they are told of. */
type WireType = Exclude<ServerFrame['type'], 'error'>
type Split<Text extends string> = Text extends `${infer First} ${infer Rest}` ? First | Split<Rest> : Text
/** The names that `on` takes at run time. */
const names: Same<Split<typeof eventNames>, keyof client.Events> = true
const events: Same<Pick<client.Events, WireType>, { [T in WireType]: Extract<ServerFrame, { type: T }> }> = true

async function typed (belfry: client.Belfry): Promise<void> {
  belfry.on('notification', ({ payload: { title } }) => title.length)
  belfry.on('disconnected', ({ code }) => code.toFixed())
  // @ts-expect-error no such event
  belfry.on('notifications', () => {})
  // @ts-expect-error no such field
  belfry.on('notification', ({ payload: { heading } }) => heading)
  // @ts-expect-error whom it is for has to be said
  await belfry.broadcast({}, { title: 'a', message: 'b', type: 'info' })
  // @ts-expect-error a group has no role
  await belfry.broadcast({ company: 'a', group: 'b', role: 'c' }, { title: 'a', message: 'b', type: 'info' })
  // @ts-expect-error no such field
  await belfry.broadcast({ company: 'a', rol: 'c' }, { title: 'a', message: 'b', type: 'info' })
  const { preferences: chosen } = preferencesOf(belfry).getSnapshot()
  chosen?.effective.topics['orders']?.inbox.locked.valueOf()
  // @ts-expect-error neither on nor off
  await preferencesOf(belfry).setTopic('orders', { inbox: 'muted' })
  const { reasons } = await recipientOf(belfry, 'id', 'carol')
  // @ts-expect-error no such reason
  reasons.includes('asleep')
  const { remind_from: from } = await remind(belfry, 'id')
  from.slice(0, 10)
  // @ts-expect-error which notification has to be said
  await remind(belfry)
  // @ts-expect-error a send has a topic
  await belfry.send({ title: 'a', message: 'b', priority: 'info' })
}

test('the types of the client are those of the schemas', async t => {
  t.ok(answers.every(Boolean) && events && names && typeof typed === 'function', 'compiled')
})
