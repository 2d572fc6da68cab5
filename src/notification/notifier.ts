import type { Audience as GivenAudience } from '../../schemas/audience.ts'
import type { Edit } from '../../schemas/sending/edit.ts'
import type { ReadAll } from '../../schemas/inbox/inbox.ts'
import { problem } from '../errors.ts'
import type { Directory } from '../identity/directory.ts'
import { assertRecentPassword } from '../identity/recent-password.ts'
import { actorRef, companyOf, senderOf, type Principal } from '../rights/principal.ts'
import { may } from '../rights/rights.ts'
import { sendScope, usersToJudge } from '../rights/sending.ts'
import { keysOfAudience, type Audience } from '../log/audience.ts'
import { formatCursor, parseCursor } from '../protocol/cursor.ts'
import type { AcknowledgeResult } from '../store/contract/demands.ts'
import type { Act, Draft, MarkResult, MarkVerb, ReadAllResult, StateResult, Store } from '../store/store.ts'
import { draftOf, expired, isExpired, type Content } from './draft.ts'
import { faultOfDemand } from './demand.ts'
import { editOf } from './edit.ts'
import { isPlanned, type PlanReceipt, type Schedule } from './schedule.ts'

export interface NotifierDeps {
  store: Pick<Store, 'epoch' | 'head' | 'notify' | 'isRetry' | 'notification' | 'recall' | 'edit' | 'mark' | 'readAll' | 'see' | 'act' | 'countAudience' | 'countUnknown' | 'countUnknownMembers' | 'unknownGroups' | 'passwordGivenAt' | 'acknowledge'>
  directory: Pick<Directory, 'users'>
  /** Counts the users under these audience keys that have a socket at this node. */
  hub: { countConnected: (keys: string[]) => number }
  /** Takes what is to be sent later. */
  schedule: Pick<Schedule, 'plan' | 'faultOf'>
  /** How long notifications are kept. */
  retentionDays?: number
}

export interface Sending {
  principal: Principal
  /** Everyone if absent. */
  audience?: GivenAudience | undefined
  content: Content
  idempotencyKey?: string | undefined
}

export interface SendReceipt {
  id: string
  cursor: string
  /** How many of the users named by the audience do not exist; absent if it names no users, or if the count failed. */
  unknown_users?: number
}

export interface Preview { recipients: { users: number, connected: number, unknown: number } }

/** A sending that its principal may send: its draft, the audience that it means, and what is wrong with its times. */
interface Prepared { draft: Draft, audience: Audience, fault: Error | undefined }

const NO_COMPANIES: Map<string, string | null> = new Map()

/** The operations that REST routes and socket verbs share. Each method checks the principal's rights and throws catalogued errors. */
export class Notifier {
  readonly #store: NotifierDeps['store']
  readonly #directory: NotifierDeps['directory']
  readonly #hub: NotifierDeps['hub']
  readonly #schedule: NotifierDeps['schedule']

  readonly #retentionDays: number

  constructor ({ store, directory, hub, schedule, retentionDays = 30 }: NotifierDeps) {
    this.#retentionDays = retentionDays
    this.#store = store
    this.#directory = directory
    this.#hub = hub
    this.#schedule = schedule
  }

  /** Appends a notification to the log, or plans it if it is to be sent later. A retry gets the receipt of the first attempt. */
  async send (sending: Sending): Promise<SendReceipt | PlanReceipt> {
    const { audience } = sending
    return await this.#submit(await this.#draftOf(sending), audience && 'users' in audience ? audience.users : undefined)
  }

  /**
   * Sends or plans several notifications: in this order, and together, so that they share commits. Each succeeds or fails by
   * itself; the results are in the same order. An error among `sendings` is its own result.
   */
  async sendEach (sendings: (Sending | Error)[]): Promise<(SendReceipt | PlanReceipt | Error)[]> {
    const drafts = await Promise.all(sendings.map(sending => sending instanceof Error ? sending : this.#draftOf(sending).catch(toError)))
    // All are given to the store in the same turn, whatever their drafts waited for.
    return await Promise.all(drafts.map(draft => draft instanceof Error ? draft : this.#submit(draft).catch(toError)))
  }

  /** `users`: the ids of which the receipt says how many are unknown. */
  async #submit (draft: Draft, users?: string[]): Promise<SendReceipt | PlanReceipt> {
    if (isPlanned(draft)) return await this.#schedule.plan(draft)
    const { id, seq } = await this.#store.notify(draft)
    const receipt = { id, cursor: formatCursor(this.#store.epoch, seq) }
    // Counted as of `seq`, so that a retry gets the same receipt. If the count fails, the send has still succeeded.
    const unknown = users && await this.#store.countUnknown(users, seq).catch(() => undefined)
    return unknown === undefined ? receipt : { ...receipt, unknown_users: unknown }
  }

  /** A dry run of `send`: checks rights and content, stores nothing, and counts the recipients. */
  async preview (sending: Sending): Promise<Preview> {
    const { draft, audience, fault } = await this.#prepare(sending)
    if (fault) throw fault
    const { groups, company = null } = audience
    if (groups && (await this.#store.unknownGroups(groups.map(group => ({ company, group })))).length > 0) throw problem('BLF_GROUP_NOT_FOUND')
    const [users, unknown] = await Promise.all([
      this.#store.countAudience(audience),
      audience.users ? this.#store.countUnknown(audience.users) : groups ? this.#store.countUnknownMembers(audience) : 0
    ])
    return { recipients: { users, connected: this.#hub.countConnected(draft.keys), unknown } }
  }

  /** Removes a notification from every inbox and open socket. Throws BLF_NOTIFICATION_NOT_FOUND or BLF_FORBIDDEN. */
  async recall (principal: Principal, id: string): Promise<void> {
    await this.#store.recall(id, actorRef(principal))
  }

  /** Changes a notification for whoever has it. Throws BLF_NOTIFICATION_NOT_FOUND, BLF_FORBIDDEN, BLF_NOT_EDITABLE, BLF_REVISION or BLF_REVISIONS_FULL. */
  async edit (principal: Principal, id: string, body: Edit): Promise<{ id: string, revision: number, cursor: string }> {
    // What never changes can be checked before the write, for those who may know it.
    const known = await this.#store.notification(id)
    const isTheirs = known && may(principal, 'edit', { owner: known.sender, company: known.scope })
    const { seq, ...edited } = await this.#store.edit(id, editOf(body, isTheirs ? known : undefined), actorRef(principal))
    return { ...edited, cursor: formatCursor(this.#store.epoch, seq) }
  }

  /** Marks notifications in the principal's own inbox, but for those that were changed after the cursor `since`. Throws BLF_NOTIFICATION_NOT_FOUND if none of them is in it, and BLF_BAD_CURSOR. */
  async mark (principal: Principal, verb: MarkVerb, ids: string[], since?: string): Promise<MarkResult> {
    const result = await this.#store.mark(ownInbox(principal), verb, ids, this.#knownOf(since))
    if (result.found.length === 0 && result.refused.length === 0) throw problem('BLF_NOTIFICATION_NOT_FOUND')
    return result
  }

  /** The same for one notification. Throws BLF_ACKNOWLEDGE_REQUIRED too. */
  async markOne (principal: Principal, verb: MarkVerb, id: string): Promise<MarkResult> {
    const result = await this.mark(principal, verb, [id])
    if (result.refused.length > 0) throw problem('BLF_ACKNOWLEDGE_REQUIRED')
    return result
  }

  /** Acknowledges notifications of the principal's own inbox. Throws BLF_NOTIFICATION_NOT_FOUND if none of them is in it. */
  async acknowledge (principal: Principal, ids: string[]): Promise<AcknowledgeResult> {
    const result = await this.#store.acknowledge(ownInbox(principal), ids)
    if (result.found.length === 0 && result.refused.length === 0) throw problem('BLF_NOTIFICATION_NOT_FOUND')
    return result
  }

  /** Marks the principal's own inbox as read: up to the cursor `before` if given, and only `topic` if given. */
  async readAll (principal: Principal, { before, topic, since }: ReadAll = {}): Promise<ReadAllResult> {
    const inbox = ownInbox(principal)
    const upTo = before === undefined ? null : await this.seqOf(before)
    return await this.#store.readAll(inbox, upTo, topic ?? null, this.#knownOf(since))
  }

  /** Moves the "seen" cursor of the principal's own inbox. Throws BLF_BAD_CURSOR. */
  async see (principal: Principal, cursor: string): Promise<StateResult> {
    return await this.#store.see(ownInbox(principal), await this.seqOf(cursor))
  }

  /** Records the action of a notification that the principal chose. Throws BLF_NOTIFICATION_NOT_FOUND or BLF_ACTION_NOT_FOUND. */
  async act (principal: Principal, id: string, action: string): Promise<Act> {
    return await this.#store.act(ownInbox(principal), id, action)
  }

  /** The `seq` of a cursor. Throws BLF_BAD_CURSOR if it is malformed, belongs to another log, or is past the head. */
  async seqOf (cursor: string): Promise<number> {
    const parsed = parseCursor(cursor)
    if (parsed?.epoch !== this.#store.epoch || parsed.seq > await this.#store.head()) throw problem('BLF_BAD_CURSOR')
    return parsed.seq
  }

  /** Up to where in this log somebody knew it; undefined if that is not known, or it was another log. Throws BLF_BAD_CURSOR for what is no cursor. */
  #knownOf (since: string | undefined): number | undefined {
    if (since === undefined) return undefined
    const parsed = parseCursor(since)
    if (!parsed) throw problem('BLF_BAD_CURSOR')
    return parsed.epoch === this.#store.epoch ? parsed.seq : undefined
  }

  /** The draft of a sending. Throws BLF_FORBIDDEN and BLF_VALIDATION. */
  async #draftOf (sending: Sending): Promise<Draft> {
    const { draft, fault, audience } = await this.#prepare(sending)
    // Of what everyone is told, an open page that somebody found must not be enough.
    if (audience.all) await assertRecentPassword(this.#store, sending.principal)
    // A retry may arrive after the notification of the first attempt was due, or has expired.
    if (fault && !await this.#store.isRetry(draft)) throw fault
    return draft
  }

  /** Prepares a sending: at once, unless the companies of users must be looked up. Throws BLF_FORBIDDEN and BLF_VALIDATION. */
  #prepare (sending: Sending): Prepared | Promise<Prepared> {
    const audience = meantAudience(sending.principal, sending.audience)
    const keys = keysOfAudience(audience)
    const users = usersToJudge(sending.principal, keys)
    const { escalateTo } = sending.content.demanded ?? {}
    const escalation = escalateTo && keysOfAudience(meantAudience(sending.principal, escalateTo))
    if (escalation) users.push(...usersToJudge(sending.principal, escalation))
    if (users.length === 0) return this.#judge(sending, audience, { keys, escalation }, NO_COMPANIES)
    return this.#companiesOf(users).then(companies => this.#judge(sending, audience, { keys, escalation }, companies))
  }

  #judge ({ principal, content, idempotencyKey }: Sending, audience: Audience, { keys, escalation }: { keys: string[], escalation?: string[] | undefined }, companies: Map<string, string | null>): Prepared {
    const scope = sendScope(principal, keys, companies)
    if (scope === undefined || (escalation && sendScope(principal, escalation, companies) === undefined)) throw problem('BLF_FORBIDDEN')
    const draft = draftOf(content, { keys, sender: senderOf(principal), by: actorRef(principal), scope, idempotencyKey, escalation })
    return { draft, audience, fault: isExpired(content) ? expired(content) : this.#schedule.faultOf(content) ?? faultOfDemand(content, this.#retentionDays) }
  }

  async #companiesOf (ids: string[]): Promise<Map<string, string | null>> {
    const users = [...(await this.#directory.users(ids)).values()]
    return new Map(users.filter(user => user !== undefined).map(({ id, company }) => [id, company]))
  }
}

/** The audience that a principal means: by groups without a company, those of the principal's own. */
function meantAudience (principal: Principal, audience: GivenAudience = { all: true }): Audience {
  return 'groups' in audience ? { ...audience, company: companyOf(principal, audience.company) } : audience
}

/** The id of the principal's own inbox. Throws BLF_FORBIDDEN for API keys, which have no inbox. */
export function ownInbox (principal: Principal): string {
  if (!may(principal, 'inbox.use', { owner: senderOf(principal) })) throw problem('BLF_FORBIDDEN')
  return principal.id
}

function toError (error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
