import type { Preferences, PreferencesChange, QuietHours, TopicChoices } from '../../protocol/preferences.ts'
import type { Session } from '../api.ts'
import { isAfter } from '../connection/frames.ts'
import type { BelfryError } from '../errors.ts'
import { reportFault } from '../events.ts'
import type { NetworkStatus } from '../inbox/types.ts'
import type { Core } from '../seam.ts'
import { errorOf, isTemporary, type Answer } from '../shared/answer.ts'
import { backoff } from '../shared/backoff.ts'
import { check, checkListener, isObject } from '../shared/check.ts'
import { merged } from './merge.ts'

const PATH = '/api/preferences/me'
/** A first connection is waited for this long, milliseconds: what is loaded before it is loaded again. */
const PATIENCE = 1_000
/** Clients that are told together to load again do so within this many milliseconds. */
const SPREAD = 5_000
const DELAYS = { minReconnectDelay: 500, maxReconnectDelay: 30_000 }

/** Preferences at one moment. It never changes: whatever happens makes another one. */
export interface PreferencesSnapshot {
  /** What the user chose, and what holds: as the API says it, with the changes on their way. Undefined until it is loaded. */
  readonly preferences: Preferences | undefined
  /** What became of the last request. `error`: it failed, and is made again when the connection is back, or with `load`. */
  readonly networkStatus: Exclude<NetworkStatus, 'fetching_more'>
  /** True while something may be missing: offline, until it is loaded again, or while changes are on their way. */
  readonly stale: boolean
}

/**
 * What the user wants of which topics, following the server. The methods are bound: they can be passed on as they are.
 *
 * Changes show at once, and are sent one after the other. Their promises resolve with true once the server has stored them,
 * and with false if it refused: then they are taken back, and an `error` event says why, such as `BLF_PREFERENCE_LOCKED`;
 * they never reject. Offline they wait, as long as the page is there; while the client is `disconnected` they are tried once.
 */
export interface PreferencesStore {
  /** The same object as before while nothing has changed. */
  getSnapshot (): PreferencesSnapshot
  /** Empty and loading: for rendering on a server. */
  getServerSnapshot (): PreferencesSnapshot
  /** Calls `listener` after every change; returns its end. While there is one, the preferences are loaded, and again when they change. */
  subscribe (listener: () => void): () => void
  /** Loads them. Resolves with true when they are there, with false if they could not be loaded (`networkStatus`). */
  load (): Promise<boolean>
  /** Changes what is named: what is absent stays, null resets. */
  change (change: PreferencesChange): Promise<boolean>
  /** Chooses for a topic; `inbox: 'off'` mutes it. What is absent stays, null resets, also all of the topic. */
  setTopic (topic: string, choices: { [C in keyof TopicChoices]: TopicChoices[C] | null } | null): Promise<boolean>
  /** Sets when push and mail wait. Fields that are absent stay as they are; null: never. */
  setQuietHours (hours: Partial<QuietHours> | null): Promise<boolean>
}

/** A change on its way. */
interface Pending { change: PreferencesChange, resolve: (isDone: boolean) => void }

const emptySnapshot: PreferencesSnapshot = Object.freeze({ preferences: undefined, networkStatus: 'loading', stale: true })

export function createPreferences (core: Core, on: Session['on']): PreferencesStore {
  const { clock } = core
  const listeners = new Set<() => void>()
  /** As the server has said it. */
  let known: Preferences | undefined
  let changes: Pending[] = []
  /** Why what is known may be old: the cursor of a change, or empty where anything may have changed. Undefined: it is not. */
  let doubt: string | undefined = ''
  /** How often there was a doubt: a request clears those of before it. */
  let doubts = 0
  /** Who waits for what `load` brings. */
  let waiting: ((isLoaded: boolean) => void)[] = []
  let isAsking = false
  let hasFailed = false
  let tries = 0
  /** When the next request may be made, and when it is loaded without being asked for; milliseconds. */
  let retryAt = -Infinity
  let loadAt = -Infinity
  let stop = () => {}
  /** Rises when the user goes: an answer of before is of somebody else. */
  let round = 0
  let snapshot = emptySnapshot

  function tell () {
    const next: PreferencesSnapshot = {
      preferences: known && changes.reduce((last, { change }) => merged(last, change), known),
      networkStatus: hasFailed ? 'error' : known ? 'ready' : 'loading',
      stale: core.connection !== 'connected' || doubt !== undefined || changes.length > 0
    }
    if (Object.entries(next).every(([name, value]) => value === snapshot[name as keyof PreferencesSnapshot])) return
    snapshot = Object.freeze(next)
    for (const listener of [...listeners]) {
      try {
        listener()
      } catch (error) {
        core.report({ code: 'listener', reason: String(error) })
      }
    }
  }

  /** Makes the next request, when it is time. */
  function work () {
    stop()
    const isUrgent = changes.length > 0 || waiting.length > 0
    const isOff = hasFailed && core.connection === 'disconnected'
    if (isAsking || !(isUrgent || (doubt !== undefined && listeners.size > 0 && !isOff))) return
    const wait = Math.max(retryAt, isUrgent ? -Infinity : loadAt) - clock.now()
    if (wait > 0) stop = clock.after(wait, work)
    else ask().catch(reportFault)
  }

  async function ask () {
    const [first] = changes
    const [before, current] = [doubts, round]
    isAsking = true
    let failure: Pick<BelfryError, 'code' | 'message'> | undefined
    const answer = await core.call(first ? 'PATCH' : 'GET', PATH, first?.change).catch((error: BelfryError) => { failure = error })
    if (current !== round) return
    isAsking = false
    if (answer && isPreferences(answer)) {
      known = answer.body as Preferences
      // A change that was told meanwhile may be in the answer already.
      if (doubts === before || !isAfter(doubt, known.cursor)) doubt = undefined
    } else if (answer) failure = errorOf(answer)
    const mayPass = failure !== undefined && (!answer || answer.status === 401 || isTemporary(answer.status))
    tries = mayPass ? tries + 1 : 0
    retryAt = mayPass ? clock.now() + (answer?.retryAfter ?? 0) + backoff(DELAYS, clock.random(), tries) : -Infinity
    hasFailed = mayPass || (failure !== undefined && !first)
    // Where no answer comes, the connection tells it.
    if (failure && answer && !mayPass) core.report({ code: failure.code, reason: failure.message })
    if (first && !mayPass) {
      changes = changes.slice(1)
      first.resolve(!failure)
    }
    // A refused change may have a reason that is not known yet; of a load that was refused there is nothing to be had.
    if (failure && !mayPass) doubt = first ? '' : undefined
    if (!failure || mayPass || !first) release(!failure)
    giveUp()
    tell()
    work()
  }

  function release (isLoaded: boolean) {
    for (const resolve of waiting) resolve(isLoaded)
    waiting = []
  }

  /** Nobody knows when a change would be stored that failed without a connection. */
  function giveUp () {
    if (tries === 0 || changes.length === 0 || core.connection !== 'disconnected') return
    core.report({ code: 'disconnected', reason: 'Preferences were not changed: there is no connection.' })
    drop()
  }

  function drop () {
    for (const { resolve } of changes) resolve(false)
    changes = []
  }

  /** What is known may be old: it is loaded again within so many milliseconds. */
  function suspect (cursor: string, spread: number) {
    doubt = cursor
    doubts++
    loadAt = clock.now() + clock.random() * spread
    tell()
    work()
  }

  on('preferences.changed', ({ cursor, payload }) => {
    // Who changes preferences wants to see it on all devices at once; defaults and locks concern many.
    if (isAsking || isAfter(cursor, known?.cursor)) suspect(cursor, 'quiet_until' in payload ? 0 : SPREAD)
  })
  on('gap', () => suspect('', SPREAD))
  on('state', ({ state }) => {
    if (state === 'connected') {
      retryAt = -Infinity
      suspect('', known ? SPREAD : 0)
    }
    giveUp()
    tell()
  })
  core.onLeave.add(() => {
    round++
    isAsking = hasFailed = false
    known = undefined
    tries = 0
    drop()
    release(false)
    suspect('', 0)
  })

  const change = async (change: PreferencesChange): Promise<boolean> => {
    check(isObject(change), 'A change of preferences must be an object.')
    return await new Promise(resolve => {
      changes = [...changes, { change, resolve }]
      tell()
      work()
    })
  }

  return {
    getSnapshot: () => snapshot,
    getServerSnapshot: () => emptySnapshot,
    subscribe (listener) {
      checkListener(listener)
      // The same function may be passed twice.
      const own = () => listener()
      listeners.add(own)
      if (!known && core.connection !== 'connected') loadAt = clock.now() + PATIENCE
      work()
      return () => { listeners.delete(own) }
    },
    load: async () => await new Promise(resolve => {
      waiting.push(resolve)
      retryAt = -Infinity
      work()
    }),
    change,
    setTopic: async (topic, choices) => await change({ topics: { [topic]: choices } }),
    setQuietHours: async hours => await change({ quiet_hours: hours })
  }
}

function isPreferences ({ status, body }: Answer): boolean {
  return status === 200 && typeof body?.cursor === 'string' && [body.topics, body.channels, body.effective?.topics].every(isObject)
}
