import type { ActorRef } from '../rights/principal.ts'
import type { Draft } from './store.ts'

/**
 * - `planned`: it waits for its time.
 * - `sent`: it was published.
 * - `refused`: when it was due, its sender no longer had the right to send it.
 * - `expired`: it had expired when it could have been published.
 * - `cancelled`: somebody who may recall it cancelled it.
 */
export type PlanState = 'planned' | 'sent' | 'refused' | 'expired' | 'cancelled'

/** A draft with the time to publish it, milliseconds since 1970. */
export interface PlannedDraft extends Draft { sendAt: number }

/** What a plan is now; what its sender asked for is only in the digest. */
export interface PlanRecord extends Pick<Draft, 'id' | 'sender' | 'scope' | 'keys' | 'type' | 'topic' | 'expiresAt'> {
  /** The order in which plans were made. */
  number: number
  /** The sender, '' if that user was removed: who owns the plan. */
  owner: string
  state: PlanState
  sendAt: number
  madeAt: number
  /** When it stopped being planned; null while it is. */
  endedAt: number | null
  /** The event's `seq` once it is sent. */
  seq: number | null
  /** The error code for which it was refused. */
  refusal: string | null
  /** Whether it will also be for late joiners. */
  isLate: boolean
  /** 1 at first; each change adds one. */
  revision: number
  /** The Notification as JSON; null if it was cancelled or recalled, or is no longer in the log. */
  body: string | null
}

/** What a change replaces: all of it. */
export type PlanContent = Pick<Draft, 'type' | 'expiresAt' | 'body'> & { sendAt: number }

export interface PlanFilter {
  limit: number
  /** Only plans of this sender (and, if both are given, those in `scope`). */
  sender?: string
  /** Only plans whose whole audience is in this company. */
  scope?: string
  state?: PlanState
  /** Only plans made before the one with this number. */
  before?: number
}

export interface Published {
  /** The `seq` of each notification that was published. */
  seqs: number[]
  /** How late each of them was, milliseconds. */
  lateness: number[]
  refused: number
  expired: number
  /** Whether more plans may be due. */
  more: boolean
  /** Whether this was a plan with a `chain`, which is published alone: calls at the same time share a commit. */
  isChained: boolean
}

/**
 * Notifications that are sent later. Times are compared with the store's own clock: that of the PostgreSQL server,
 * so that all nodes agree whatever their clocks say, or of this process.
 */
export interface Plans {
  /**
   * Plans a notification, or finds what the draft is a retry of. From then on its id is taken, in plans and in
   * the log. Throws BLF_ID_CONFLICT, and BLF_SCHEDULE_FULL if `max` plans wait.
   */
  schedule (draft: PlannedDraft, max: number): Promise<{ id: string, stored: boolean }>
  /** Undefined if it is unknown, or was tidied away. */
  plan (id: string): Promise<PlanRecord | undefined>
  /** Newest first, by when they were made. */
  plans (filter: PlanFilter): Promise<PlanRecord[]>
  /** Throws BLF_NOTIFICATION_NOT_FOUND, BLF_ALREADY_SENT if it is not planned any more, and BLF_REVISION if `revision` is not its current one. */
  changePlan (id: string, content: PlanContent, revision: number, by?: ActorRef): Promise<PlanRecord>
  /** Removes its text too. Throws BLF_NOTIFICATION_NOT_FOUND and BLF_ALREADY_SENT. */
  cancelPlan (id: string, by?: ActorRef): Promise<void>
  /** How many plans wait, and in how many milliseconds the next one is due: 0 if one is, null if none waits. */
  nextPlan (): Promise<{ waiting: number, dueIn: number | null }>
  /**
   * Publishes due plans, `limit` at most, in the order of their `sendAt`, then as they were made; fewer if they
   * have many audience keys. A plan leaves its state in the commit that appends its event, so it is published once,
   * by whichever node comes first. Rights are judged as they are now, and what has expired is not published.
   */
  publishDue (limit: number): Promise<Published>
}
