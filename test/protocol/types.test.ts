import type { Static } from '@sinclair/typebox'
import { test } from 'tap'
import { Audience } from '../../schemas/audience.ts'
import { clientFrames } from '../../schemas/socket/client-frames.ts'
import { ReadAll } from '../../schemas/inbox/inbox.ts'
import { Notification, NotificationType } from '../../schemas/notification.ts'
import { Send } from '../../schemas/send.ts'
import { GapReason, serverFrames } from '../../schemas/socket/server-frames.ts'
import { User } from '../../schemas/identity/user.ts'
import type * as client from '../../src/protocol/client-frames.ts'
import type * as shown from '../../src/protocol/notification.ts'
import type * as server from '../../src/protocol/server-frames.ts'
import type { Same } from './same-type.ts'

// The compiler proves what is written here: a frame whose two types differ wants `false` instead of `true`, and
// one that has no type, or no schema, is no key. The tests below prove that no schema is missing.

const serverTypes: { [T in server.ServerFrameType]: Same<Static<(typeof serverFrames)[T]>, server.ServerFrameOf<T>> } = {
  welcome: true,
  notification: true,
  'notification.read': true,
  'notification.unread': true,
  'notification.deleted': true,
  'notification.recalled': true,
  'notification.archived': true,
  'notification.unarchived': true,
  'notification.restored': true,
  'notification.acted': true,
  'notification.acknowledged': true,
  'notification.reminder': true,
  'notification.updated': true,
  'inbox.read_all': true,
  'inbox.seen': true,
  'inbox.changed': true,
  'preferences.changed': true,
  caught_up: true,
  gap: true,
  subscribed: true,
  'token.expiring': true,
  ok: true,
  error: true,
  pong: true
}

const clientTypes: { [V in client.Verb]: Same<Static<(typeof clientFrames)[V]>, client.ClientFrameOf<V>> } = {
  auth: true,
  subscribe: true,
  unsubscribe: true,
  read: true,
  unread: true,
  delete: true,
  archive: true,
  unarchive: true,
  restore: true,
  acknowledge: true,
  read_all: true,
  seen: true,
  ack: true,
  act: true,
  send: true,
  ping: true
}

/** What frames carry. */
const parts: [
  Same<Static<typeof Notification>, shown.Notification>,
  Same<Static<typeof NotificationType>, shown.NotificationType>,
  Same<Static<typeof User>, shown.User>,
  Same<Static<typeof Audience>, client.Audience>,
  Same<Static<typeof Send>, client.Send>,
  Same<Static<typeof ReadAll>, client.ReadAll>,
  Same<Static<typeof GapReason>, server.GapReason>
] = [true, true, true, true, true, true, true]

type With<T, Field> = Omit<T, keyof Field> & Field
// @ts-expect-error a field more
const more: Same<Static<(typeof serverFrames)['gap']>, With<server.GapFrame, { reply_to?: string }>> = true
// @ts-expect-error a field less
const less: Same<Static<(typeof serverFrames)['error']>, Omit<server.ErrorFrame, 'reply_to'>> = true
// @ts-expect-error a field that is optional in one of them
const optional: Same<Static<(typeof serverFrames)['notification']>, With<server.NotificationFrame, { id?: string }>> = true
// @ts-expect-error a field inside the payload that has another type
const inner: Same<Static<(typeof serverFrames)['caught_up']>, With<server.CaughtUpFrame, { payload: { count: string } }>> = true
// @ts-expect-error a literal that is any string in one of them
const literal: Same<Static<(typeof clientFrames)['ping']>, With<client.PingFrame, { type: string }>> = true
// @ts-expect-error a type that is not checked at all
const unchecked: Same<Static<(typeof clientFrames)['send']>, any> = true

test('every frame that the server sends has a type, and every type a schema', async t => {
  t.same(Object.keys(serverTypes).sort(), Object.keys(serverFrames).sort())
  for (const [type, { properties }] of Object.entries(serverFrames)) t.equal(properties.type.const, type, `${type}: the schema stands under its own type`)
})

test('every frame that a client sends has a type, and every type a schema', async t => {
  t.same(Object.keys(clientTypes).sort(), Object.keys(clientFrames).sort())
  for (const [verb, { properties }] of Object.entries(clientFrames)) t.equal(properties.type.const, verb, `${verb}: the schema stands under its own type`)
})

test('the comparison of types tells types apart', async t => {
  t.same([more, less, optional, inner, literal, unchecked, ...parts].every(Boolean), true, 'compiled with the errors that are expected above')
})
