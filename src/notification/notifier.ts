import type { Audience } from '../../schemas/audience.ts'
import type { ReadAll } from '../../schemas/inbox.ts'
import { problem } from '../errors.ts'
import type { Directory } from '../identity/directory.ts'
import { actorRef, senderOf, type Principal } from '../rights/principal.ts'
import { may } from '../rights/rights.ts'
import { sendScope, usersToJudge } from '../rights/sending.ts'
import { keysOfAudience } from '../log/audience.ts'
import { formatCursor, parseCursor } from '../protocol/cursor.ts'
import type { MarkResult, MarkVerb, ReadAllResult, Store } from '../store/store.ts'
import { draftOf, expired, isExpired, type Content } from './draft.ts'

export interface NotifierDeps {
  store: Pick<Store, 'epoch' | 'head' | 'notify' | 'isRetry' | 'recall' | 'mark' | 'readAll' | 'countAudience' | 'countUnknown'>
  directory: Pick<Directory, 'users'>
  /** Counts the users under these audience keys that have a socket at this node. */
  hub: { countConnected: (keys: string[]) => number }
}

export interface Sending {
  principal: Principal
  /** Everyone, unless it says otherwise. */
  audience?: Audience | undefined
  content: Content
  idempotencyKey?: string | undefined
}

export interface SendReceipt {
  id: string
  cursor: string
  /** How many of the users that the audience names do not exist; absent if it names none. */
  unknown_users?: number
}

export interface Preview { recipients: { users: number, connected: number, unknown: number } }

/** What REST routes and socket verbs do alike: each method judges the principal's rights and throws errors of the catalogue. */
export class Notifier {
  readonly #store: NotifierDeps['store']
  readonly #directory: NotifierDeps['directory']
  readonly #hub: NotifierDeps['hub']

  constructor ({ store, directory, hub }: NotifierDeps) {
    this.#store = store
    this.#directory = directory
    this.#hub = hub
  }

  /** Appends a notification to the log. A retry gets the receipt of its first try. */
  async send ({ principal, audience = { all: true }, content, idempotencyKey }: Sending): Promise<SendReceipt> {
    const scope = await this.#scopeOf(principal, audience)
    const draft = draftOf(content, { audience, sender: senderOf(principal), by: actorRef(principal), scope, idempotencyKey })
    // A retry may come after the expiry of what its first try has stored.
    if (isExpired(content) && !await this.#store.isRetry(draft)) throw expired(content)
    const { id, seq } = await this.#store.notify(draft)
    const receipt = { id, cursor: formatCursor(this.#store.epoch, seq) }
    if (!('users' in audience)) return receipt
    // Counted as of the notification, because a retry gets the first answer; and the send has succeeded even if the count fails.
    const unknown = await this.#store.countUnknown(audience.users, seq).catch(() => undefined)
    return unknown === undefined ? receipt : { ...receipt, unknown_users: unknown }
  }

  /** Judges and validates a send like `send`, and counts who would get it instead of storing it. */
  async preview ({ principal, audience = { all: true }, content, idempotencyKey }: Sending): Promise<Preview> {
    const scope = await this.#scopeOf(principal, audience)
    draftOf(content, { audience, sender: senderOf(principal), scope, idempotencyKey })
    if (isExpired(content)) throw expired(content)
    const [users, unknown] = await Promise.all([
      this.#store.countAudience(audience),
      'users' in audience ? this.#store.countUnknown(audience.users) : 0
    ])
    return { recipients: { users, connected: this.#hub.countConnected(keysOfAudience(audience)), unknown } }
  }

  /** Takes a notification out of every inbox and open socket. */
  async recall (principal: Principal, id: string): Promise<void> {
    await this.#store.recall(id, actorRef(principal))
  }

  /** Marks notifications in the principal's own inbox. Throws BLF_NOTIFICATION_NOT_FOUND if none of them is in it. */
  async mark (principal: Principal, verb: MarkVerb, ids: string[]): Promise<MarkResult> {
    const result = await this.#store.mark(ownInbox(principal), verb, ids)
    if (result.found.length === 0) throw problem('BLF_NOTIFICATION_NOT_FOUND')
    return result
  }

  /** Marks everything in the principal's own inbox as read: up to `before`, of `topic`, where they are given. */
  async readAll (principal: Principal, { before, topic }: ReadAll = {}): Promise<ReadAllResult> {
    const inbox = ownInbox(principal)
    const upTo = before === undefined ? null : await this.seqOf(before)
    return await this.#store.readAll(inbox, upTo, topic ?? null)
  }

  /** The `seq` of a cursor. Throws BLF_BAD_CURSOR if it is not one of this log, or is past its head. */
  async seqOf (cursor: string): Promise<number> {
    const position = parseCursor(cursor)
    if (position?.epoch !== this.#store.epoch || position.seq > await this.#store.head()) throw problem('BLF_BAD_CURSOR')
    return position.seq
  }

  /** The company that an audience lies in, null if it is wider. Throws BLF_FORBIDDEN if the principal may not address it. */
  async #scopeOf (principal: Principal, audience: Audience): Promise<string | null> {
    const keys = keysOfAudience(audience)
    const users = [...(await this.#directory.users(usersToJudge(principal, keys))).values()]
    const companies = new Map(users.filter(user => user !== undefined).map(({ id, company }) => [id, company]))
    const scope = sendScope(principal, keys, companies)
    if (scope === undefined) throw problem('BLF_FORBIDDEN')
    return scope
  }
}

/** The user whose inbox a principal may change: itself. Throws BLF_FORBIDDEN for API keys, which have none. */
function ownInbox (principal: Principal): string {
  if (!may(principal, 'inbox.use', { owner: senderOf(principal) })) throw problem('BLF_FORBIDDEN')
  return principal.id
}
