import type { ActorRef } from '../../rights/principal.ts'
import type { StateResult } from '../inboxes.ts'

/** That a notification must be acknowledged, as its sender asks for it. Times in milliseconds since 1970. */
export interface Demand {
  /** Until when; null for no end. */
  by: number | null
  /** The time between two reminders; null for none. */
  remindMs: number | null
  /** How many reminders there are at most. */
  reminders: number
  /** The audience keys of whom to tell at `by` if anybody has not acknowledged; null for nobody. */
  escalate: string[] | null
  /** Whose right to address both audiences is judged again then; absent for an operator. */
  actor?: ActorRef | undefined
}

/** An acknowledgement. `late`: after it was due. */
export interface Acknowledgement { id: string, at: number, late: boolean }

/** What was not done, and the code of why. */
export interface Refused { id: string, code: string }

export interface AcknowledgeResult extends StateResult {
  /** Those that are acknowledged now, each by its first acknowledgement. */
  found: Acknowledgement[]
  /** Those that are not in the inbox. */
  missing: string[]
  /** Those that nobody has to acknowledge: BLF_NOT_ACKNOWLEDGEABLE. */
  refused: Refused[]
}

/** What a sender asked for with a notification that must be acknowledged, and how far that has come. */
export interface DemandState extends Omit<Demand, 'actor'> {
  /** How many reminders were given or have begun, planned or asked for. */
  reminded: number
  /** When the last of them began; null if there was none. */
  remindedAt: number | null
  /** When the next one that was planned begins; null if there is none. */
  nextAt: number | null
  /** From when on `remindNow` reminds again; null: it does already. */
  remindFrom: number | null
  /** What became of the escalation: null so far, `done` if nobody was outstanding, `escalated`, `ended`, or the code of why not. */
  outcome: string | null
}

/** What a step of `remindDue` did. */
export interface Reminded {
  /** How many reminders, or escalations, were appended. */
  reminders: number
  escalations: number
  /** Whether there may be more to do at once. */
  more: boolean
}

export interface Demands {
  /** Acknowledges notifications in one inbox, for good; it neither reads nor sees them. */
  acknowledge (userId: string, ids: string[]): Promise<AcknowledgeResult>
  /** In how many milliseconds the next reminder or escalation is due: 0 if one is, null if there is none. */
  nextDemand (): Promise<number | null>
  /** Undefined if the notification need not be acknowledged, or is unknown. */
  demand (id: string): Promise<DemandState | undefined>
  /**
   * Makes a reminder due at once, to whoever has not acknowledged it: one more, or a planned one of the coming hour. `at`: when it began; within an
   * hour of another reminder nothing changes, and it is when that one began. `from`: when this reminds again. Throws BLF_NOTIFICATION_NOT_FOUND, BLF_NOT_ACKNOWLEDGEABLE, also
   * if the notification has expired.
   */
  remindNow (id: string, by?: ActorRef): Promise<{ at: number, from: number, isNew: boolean }>
  /**
   * Takes the next step of a reminder or an escalation that is due: a commit of bounded size, which appends what it tells and moves the
   * place from where the next step goes on. So each step is taken once, by whichever node comes first, whatever ends a node.
   */
  remindDue (): Promise<Reminded>
}
