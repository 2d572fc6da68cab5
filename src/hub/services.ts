import type { Membership } from '../audience.ts'
import type { ClientFrame } from '../../schemas/client-frames.ts'
import type { Notification } from '../../schemas/notification.ts'
import type { User } from '../../schemas/user.ts'
import type { LogReader, MarkResult, MarkVerb } from '../store/store.ts'

/** Who a socket speaks for. */
export interface Identity {
  membership: Membership
  user: User
  /** When its token expires, seconds since 1970. */
  expiresAt: number
}

type Payload<V extends 'send' | 'read_all'> = ClientFrame<V>['payload']

/** What a socket's verbs need of the rest of Belfry; the plugins give it. Everything throws errors of the catalogue. */
export interface Services {
  log: Pick<LogReader, 'floor' | 'replay'>
  /** Resolves when the hub was given the event `seq`. */
  reached: (seq: number) => Promise<void>
  unread: (userId: string) => Promise<{ count: number, seq: number }>
  authenticate: (token: string) => Promise<Identity>
  send: (identity: Identity, payload: Payload<'send'>) => Promise<{ id: Notification['id'], cursor: string }>
  mark: (identity: Identity, verb: MarkVerb, ids: string[], origin: string) => Promise<MarkResult & { unread: number }>
  readAll: (identity: Identity, payload: Payload<'read_all'>, origin: string) => Promise<{ count: number, unread_count: number }>
}
