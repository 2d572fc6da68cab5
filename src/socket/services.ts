import type { Principal } from '../rights/principal.ts'
import type { Membership } from '../log/audience.ts'
import type { ClientFrameOf } from '../protocol/client-frames.ts'
import type { OkPayloads } from '../protocol/server-frames.ts'
import type { AttachServices, Subscriber } from '../hub/attach.ts'
import type { Act, MarkResult, MarkVerb, ReadAllResult, SeenResult } from '../store/store.ts'

/** Whose socket it is: a user's, or an API key's, which has no inbox and may only send. */
export interface Identity {
  /** The same for every socket of one user or key: the user's own audience key, or `k:<key id>`. */
  subject: string
  /** As of the credentials that the socket came with; its user may have moved since. */
  principal: Principal
  /** Of a user, the principal itself; null for an API key. */
  membership: Membership | null
  /** The login session that its token belongs to, if Belfry issued it. */
  sessionId?: string | undefined
  /** When its token expires, seconds since 1970, with milliseconds; null for an API key that has no end. */
  expiresAt: number | null
}

type Payload<V extends 'send' | 'read_all'> = ClientFrameOf<V>['payload']

/** What sockets need of the rest of Belfry; plugins implement it. All functions throw errors of the catalogue. */
export interface Services extends AttachServices {
  /** Checks a token; counts against the request limit of `ip`. */
  authenticate: (token: string, ip: string) => Promise<Identity>
  /** Checks the new token of an open socket; counts apart from requests. */
  renew: (token: string, ip: string) => Promise<Identity>
  /** The identity's current subscriber. Throws BLF_UNAUTHENTICATED if its credentials have ended. */
  currentSubscriber: (identity: Identity) => Promise<Subscriber>
  send: (identity: Identity, payload: Payload<'send'>) => Promise<OkPayloads['send']>
  mark: (identity: Identity, verb: MarkVerb, ids: string[]) => Promise<MarkResult>
  readAll: (identity: Identity, payload: Payload<'read_all'>) => Promise<ReadAllResult>
  see: (identity: Identity, cursor: string) => Promise<SeenResult>
  act: (identity: Identity, id: string, action: string) => Promise<Act>
}
