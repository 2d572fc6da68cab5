import type { Principal } from '../identity/principal.ts'
import type { Membership } from '../log/audience.ts'
import type { ClientFrame } from '../../schemas/socket/client-frames.ts'
import type { Notification } from '../../schemas/notification.ts'
import type { User } from '../../schemas/identity/user.ts'
import type { LogReader } from '../log/reader.ts'
import type { MarkResult, MarkVerb, ReadAllResult, Unread } from '../store/store.ts'

/** Who a socket speaks for: a user, or an API key, which has no inbox and may only send. */
export interface Identity {
  /** The same for every socket of one user or key: the user's own audience key, or `k:<key id>`. */
  subject: string
  /** As of the credentials that the socket came with; its user may have moved since. */
  principal: Principal
  /** Of a user, the principal itself; null for an API key. */
  membership: Membership | null
  /** The login session its token is of, if Belfry's own. */
  sessionId?: string | undefined
  /** When its token expires, seconds since 1970; null for an API key that has no end. */
  expiresAt: number | null
}

/** Where an identity's user stands (null for an API key), and what the welcome says of it. */
export interface Standing {
  membership: Membership | null
  shown: { user: User } | { key: { id: string, name: string } }
}

type Payload<V extends 'send' | 'read_all'> = ClientFrame<V>['payload']

/** What a socket's verbs need of the rest of Belfry; the plugins give it. Everything throws errors of the catalogue. */
export interface Services {
  log: Pick<LogReader, 'replay'>
  /** Resolves when the hub was given the event `seq`. */
  reached: (seq: number) => Promise<void>
  unread: (membership: Membership) => Promise<Unread>
  /** Counted as a request; `ip` is where the token comes from. */
  authenticate: (token: string, ip: string) => Promise<Identity>
  /** As it is now. Throws BLF_UNAUTHENTICATED if the identity's credentials ended. */
  standing: (identity: Identity) => Promise<Standing>
  send: (identity: Identity, payload: Payload<'send'>) => Promise<{ id: Notification['id'], cursor: string }>
  mark: (identity: Identity, verb: MarkVerb, ids: string[]) => Promise<MarkResult>
  readAll: (identity: Identity, payload: Payload<'read_all'>) => Promise<ReadAllResult>
}
