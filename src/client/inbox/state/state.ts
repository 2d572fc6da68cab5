import type { ServerFrame } from '../../../protocol/server-frames.ts'
import type { InboxFilter, InboxItem } from '../types.ts'

/** A notification that is known, with what the server says of it; marks on their way are not in it. */
export interface Entity {
  readonly id: string
  /** Its `seq` in the log, which lists are sorted by. */
  readonly seq: number
  readonly item: InboxItem
  readonly archived: boolean
  readonly deleted: boolean
  /** Events up to this `seq` are in it: it came from a page that may be ahead of the frames. */
  readonly asOf: number
  /** The `State.generation` it was seen in. */
  readonly generation: number
  /** When it leaves the inbox, in milliseconds; Infinity: never. */
  readonly expires: number
}

export type MarkVerb = 'read' | 'unread' | 'deleted' | 'archived' | 'unarchived' | 'restored'

/** What a user wants changed, shown before the server has it. */
export type Change =
  | { readonly kind: 'mark', readonly as: MarkVerb, readonly ids: readonly string[] }
  | { readonly kind: 'read_all', readonly before: string, readonly topic?: string }
  | { readonly kind: 'seen', readonly cursor: string }
  | { readonly kind: 'act', readonly target: string, readonly action: string }

export interface Intent {
  /** Unique over tabs. */
  readonly id: string
  readonly change: Change
  /** When it was made: RFC 3339. */
  readonly time: string
  /** The `seq` at which the server has it. It is shown until the frames have come that far. */
  readonly at?: number
}

/** The part of the log that a list covers: everything from `bottom` on that passes the filter. */
export interface View {
  readonly filter: InboxFilter
  /** The generation that it was fetched in; -1: not yet. */
  readonly generation: number
  /** A `seq`; 0: down to the oldest, Infinity: nothing was fetched. */
  readonly bottom: number
  /** The `seq` that the least recent of its pages is of. */
  readonly asOf: number
  /** How many its pages had. */
  readonly size: number
  /** The `seq` at which something entered it that is not known, so that it must be fetched again; 0: nothing did. */
  readonly incompleteAt: number
  /** Whether anybody looks at it: others are not fetched again. */
  readonly isUsed: boolean
  readonly hasFailed: boolean
}

export interface Counts {
  readonly unread: number
  readonly unseen: number
  /** The `seq` where they hold, and the moment, in milliseconds: what expires later is counted. */
  readonly at: number
  readonly time: number
  /** False: something happened whose effect on the number is not known. */
  readonly isUnreadKnown: boolean
  readonly isUnseenKnown: boolean
}

/** What one event does to the counts: a number that it says (`set`), or a difference; undefined: not known. */
export interface Effect {
  unread: { set: number } | { add: number } | undefined
  unseen: { set: number } | { add: number } | undefined
}

/** An open request for a page or for the counts. */
export interface Request {
  readonly id: number
  readonly kind: 'page' | 'next' | 'count'
  /** The list that a page is for. */
  readonly view?: string
  /** Where a next page begins. */
  readonly before?: number
  /** `State.at` and `State.generation` when it was made: an answer that is older is dropped. */
  readonly at: number
  readonly generation: number
  /** When it was made, in milliseconds: the answer knows at least what had expired then. */
  readonly time: number
}

/** An event that came while a request was open: an answer that is older than it has it applied again. */
export interface Recent {
  readonly seq: number
  readonly frame: ServerFrame
  /** Undefined: its counts were those of a replay. */
  readonly effect: Effect | undefined
}

/** Everything that is known of an inbox. States never change: the reducer makes another one. */
export interface State {
  /** The log's epoch; undefined: nothing came yet. */
  readonly epoch: string | undefined
  /** Frames up to this `seq` are applied; -1: none came. */
  readonly at: number
  readonly counts: Counts | undefined
  /** Up to which `seq` the user saw the inbox; undefined: not known. */
  readonly seen: number | undefined
  /** Raised whenever events were missed: what was fetched before is fetched again. */
  readonly generation: number
  readonly entities: ReadonlyMap<string, Entity>
  readonly views: ReadonlyMap<string, View>
  readonly pending: readonly Intent[]
  readonly requests: readonly Request[]
  readonly recent: readonly Recent[]
  /** The counts of a `welcome` whose `caught_up` or `gap` has not come yet. */
  readonly replay: { readonly unread: number, readonly unseen: number, readonly time: number } | undefined
  /** The latest `expires` of what has left, in milliseconds. */
  readonly expired: number
  /** When the next one leaves; Infinity: none does. */
  readonly nextExpiry: number
  /** Requests that many clients make at once are spread over this many milliseconds. */
  readonly spread: number
  /** The counts are not asked for before this moment. */
  readonly countAfter: number
}

export const initialState: State = {
  epoch: undefined,
  at: -1,
  counts: undefined,
  seen: undefined,
  generation: 0,
  entities: new Map(),
  views: new Map(),
  pending: [],
  requests: [],
  recent: [],
  replay: undefined,
  expired: -Infinity,
  nextExpiry: Infinity,
  spread: 0,
  countAfter: 0
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** A state in the making: its maps and lists are its own. */
export type Draft = Omit<Mutable<State>, 'entities' | 'views' | 'pending' | 'requests' | 'recent'> & {
  entities: Map<string, Entity>
  views: Map<string, View>
  pending: Intent[]
  requests: Request[]
  recent: Recent[]
}

export function draftOf (state: State): Draft {
  return {
    ...state,
    entities: new Map(state.entities),
    views: new Map(state.views),
    pending: [...state.pending],
    requests: [...state.requests],
    recent: [...state.recent]
  }
}

export function newView (filter: InboxFilter): View {
  return { filter, generation: -1, bottom: Infinity, asOf: 0, size: 0, incompleteAt: 0, isUsed: false, hasFailed: false }
}

/** What makes two filters the same list. */
export function keyOf ({ view = 'active', topic, type, unread }: InboxFilter): string {
  return JSON.stringify([view, topic, type, unread])
}

/** The key of the list that covers every active notification. */
export const WHOLE = keyOf({})

/** Everything that was fetched has to be fetched again, within `spread` milliseconds. */
export function missed (draft: Draft, spread: number): void {
  draft.generation++
  draft.spread = Math.max(draft.spread, spread)
  draft.seen = undefined
}

/** Forgets what another log said. Marks stay, but for those that name a place in it. */
export function resetLog (draft: Draft, epoch: string | undefined): void {
  draft.epoch = epoch
  draft.at = -1
  draft.counts = undefined
  draft.entities = new Map()
  draft.recent = []
  draft.replay = undefined
  draft.nextExpiry = Infinity
  draft.pending = draft.pending.filter(({ change, at }) => at === undefined && change.kind !== 'read_all' && change.kind !== 'seen')
  for (const [key, view] of draft.views) draft.views.set(key, { ...newView(view.filter), isUsed: view.isUsed })
  missed(draft, 0)
}
