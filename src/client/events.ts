import type { ServerFrameOf, ServerFrameType } from '../protocol/server-frames.ts'
import type { BelfryErrorCode } from './errors.ts'
import { checkListener, checkName } from './shared/check.ts'

/**
 * `connecting`: also while it waits to try again. `disconnected`: `connect` was not called yet, `disconnect` was, or the
 * server said not to come back.
 */
export type State = 'disconnected' | 'connecting' | 'connected'

/** Why something happened. `code` is a close code where a connection ended, and 0 where `connect` was called. */
export interface Cause { code: number, reason: string }

/** A failure that the client goes on from. */
export interface Failure { code: BelfryErrorCode, reason: string }

/** Frames of the wire, by their type; `error` is an event of the client, which tells of error frames too. */
type WireEvents = { [T in Exclude<ServerFrameType, 'error'>]: ServerFrameOf<T> }

/** What `on` can listen to: what the client tells about itself, and every frame of the server by its type. */
export interface Events extends WireEvents {
  /** The state changed. */
  state: Cause & { state: State, previous: State }
  /** It is connecting: at first, and whenever the connection is lost. */
  connecting: Cause
  /** It is connected: `transport` names what carries the frames, `tab` where another tab of the browser does. */
  connected: { transport: string }
  /** It is disconnected, and does not try again by itself. */
  disconnected: Cause
  /** Something failed. Nothing has to be done about it. */
  error: Failure
}

/** The names of all events, in one text, which is shorter than a list. */
export const eventNames = 'state connecting connected disconnected welcome caught_up gap subscribed ok error pong token.expiring inbox.read_all inbox.seen inbox.changed preferences.changed notification notification.read notification.unread notification.archived notification.unarchived notification.deleted notification.restored notification.recalled notification.updated notification.acted notification.acknowledged notification.reminder'

/** Reports a fault where uncaught errors are reported. */
export function reportFault (error: unknown): void {
  queueMicrotask(() => { throw error })
}

/** Whom to tell of what. */
export interface Emitter {
  on<K extends keyof Events> (event: K, listener: (event: Events[K]) => void): () => void
  emit<K extends keyof Events> (event: K, value: Events[K]): void
}

export function createEmitter (): Emitter {
  // A name is only ever a key of a map, so that a frame may have any type.
  const listeners = new Map<string, Set<(value: never) => void>>()
  return {
    on (event, listener) {
      checkName('event', event, eventNames.split(' '))
      checkListener(listener)
      const set = listeners.get(event) ?? new Set()
      // A function of its own, so that the same listener added twice is two.
      const entry: typeof listener = value => listener(value)
      listeners.set(event, set.add(entry))
      return () => { set.delete(entry) }
    },
    emit (event, value) {
      for (const listener of listeners.get(event) ?? []) {
        try {
          listener(value as never)
        } catch (error) {
          // A fault of the application is its own: the connection goes on.
          reportFault(error)
        }
      }
    }
  }
}
