import type { ClientFrameOf, Marking } from '../protocol/client-frames.ts'
import type { OkPayloads } from '../protocol/server-frames.ts'
import type { Connection } from '../hub/connection.ts'
import type { Identity } from '../session/identity.ts'
import type { SessionServices } from '../session/session.ts'
import type { AcknowledgeResult } from '../store/contract/demands.ts'
import type { Act, MarkResult, MarkVerb, ReadAllResult, StateResult } from '../store/store.ts'

type Payload<V extends 'send' | 'read_all'> = ClientFrameOf<V>['payload']

/** What sockets need of the rest of Belfry; plugins implement it. All functions throw errors of the catalogue. */
export interface Services extends SessionServices {
  /** Checks a token; counts against the request limit of `ip`. */
  authenticate: (token: string, ip: string) => Promise<Identity>
  /** Checks the new token of an open socket; counts apart from requests. */
  renew: (token: string, ip: string) => Promise<Identity>
  send: (identity: Identity, payload: Payload<'send'>) => Promise<OkPayloads['send']>
  mark: (identity: Identity, verb: MarkVerb, marking: Marking) => Promise<MarkResult>
  acknowledge: (identity: Identity, ids: string[]) => Promise<AcknowledgeResult>
  readAll: (identity: Identity, payload: Payload<'read_all'>) => Promise<ReadAllResult>
  see: (identity: Identity, cursor: string) => Promise<StateResult>
  /** Notes what the connection's device got; resolves with the cursor once it is committed. */
  ack: (connection: Connection, cursor: string) => Promise<string>
  act: (identity: Identity, id: string, action: string) => Promise<Act>
}
