import type { ServerFrame } from '../../protocol/server-frames.ts'
import type { Settings } from '../options.ts'
import { createTimer, type Platform } from '../platform.ts'
import type { Link } from './transport.ts'

/** The shortest time between two acks, milliseconds: the server writes those of a device no more often. */
const PACE_MS = 5_000
/** The first ack waits up to so many milliseconds: many clients got the same frame. */
const SPREAD_MS = 1_000

/** Frames with a cursor that bring nothing. A `gap` brings nothing either, but no cursor from before it may be acknowledged any more. */
const IS_EMPTY = /^(welcome|subscribed|ok|error)$/

/**
 * Tells the server how far the device has come, so that its reports know what was delivered to it. Only what came over the
 * link itself is acknowledged; not with a topic filter, which the server refuses, nor for API keys, which have no inbox.
 *
 *     welcome ── event ─ event ─ event ──── link lost ──── welcome
 *                  └ ack (≤ 1 s)   └ would be due in 5 s      └ ack over REST, of the link that is gone
 */
export interface Acks {
  /** A frame of a link was applied. */
  _took (frame: ServerFrame, link: Link): void
  /** The link is about to be closed, or is gone. */
  _end (): void
}

/**
 * `post` acknowledges over REST what links of this device have brought, those that ended within the last minute too. Resolves
 * once it was answered, or where the token is no user's for a second call: a ticket is good once.
 */
export function createAcks (settings: Settings, platform: Platform, post: (body: object) => Promise<unknown>): Acks {
  const { now } = platform
  const wait = createTimer(platform)
  /** Whose link it is; undefined: nothing is acknowledged. */
  let user: string | undefined
  /** How far the device has come, if that is not known to be written. */
  let cursor: string | undefined
  let isWaiting = false
  let notBefore = -Infinity
  let send: Link['send']

  function written (upTo: string | undefined) {
    if (upTo === cursor) cursor = undefined
  }

  function say (isOver?: boolean) {
    wait()
    isWaiting = false
    // Meanwhile it was written, over REST or by an ack of the link.
    if (!cursor) return
    notBefore = now() + PACE_MS
    if (send && !isOver) send(JSON.stringify({ id: 'ack', type: 'ack', payload: { cursor } }))
    else {
      const said = cursor
      // Whatever the answer is, the same would be answered again.
      post({ cursor, device: settings.device }).then(() => written(said), () => {})
    }
  }

  return {
    _took (frame, link) {
      if (frame.type === 'welcome') {
        const next = settings.device && settings.topics?.includes('*') !== false ? frame.payload.user?.id : undefined
        if (next !== user) cursor = undefined
        user = next
        send = link.send
        if (cursor) say(true)
      } else if (frame.type === 'ok' && frame.reply_to === 'ack') written((frame.payload as { cursor?: string } | undefined)?.cursor)
      else if (user && 'cursor' in frame && !IS_EMPTY.test(frame.type)) {
        cursor = frame.cursor
        if (isWaiting) return
        isWaiting = true
        wait(Math.max(notBefore - now(), platform.random() * SPREAD_MS), say)
      }
    },
    _end () {
      // A link that is gone sends nothing: it is said once there is another one.
      if (isWaiting && send) say()
      wait()
      isWaiting = false
    }
  }
}
