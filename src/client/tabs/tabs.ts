import type { ServerFrame } from '../../protocol/server-frames.ts'
import { isAfter } from '../connection/frames.ts'
import { reportFault } from '../events.ts'
import { createTimer, type Channel, type Platform } from '../platform.ts'
import { newId } from '../sending/id.ts'
import type { Contents, Kind, Message, SharedFrame, Status } from './messages.ts'

/** How often a visible tab asks for the leader, and after what silence it takes its place; milliseconds. */
const PING_MS = 1_000
const SILENCE_MS = 3_000
/** How many frames the leader keeps for tabs that were asleep. */
const KEPT = 128

/** The client that a tab's part of the group belongs to. */
export interface Member {
  _platform: Platform
  /** What connections have in common besides their user, if tabs may share one; undefined if they may not. */
  _scope: string | undefined
  _status (): Status
  /** The leader's connection changed. */
  _onStatus (status: Status): void
  _onFrame (frame: ServerFrame): void
  /** This tab leads from now on. */
  _onElected (): void
  /** Another tab took the connection over. */
  _onDeposed (): void
  /** What any tab may tell. */
  _on: { [K in 'token' | 'logout' | 'inboxes']: (data: Contents[K]) => void }
}

/**
 * The tabs of one user in one browser: the one that holds a lock leads, which means that it has the connection, and tells
 * the others what it receives. When it is closed, the browser gives the lock to the next one; when it does not answer, a
 * visible tab takes the lock away.
 *
 * A tab that listens knows by `previous` whether it has everything up to a frame. If not, it says `hello` with its cursor
 * and takes no frame until it is told what it missed.
 */
export interface Tabs {
  /** Whether this tab has the connection of all tabs, or shares with none. */
  readonly _leads: boolean
  /** Joins the tabs of this user. Resolves when this tab leads, at once if there is nobody to share with. */
  _lead (subject: string | undefined): Promise<void>
  /** Leaves the other tabs, one of which leads then. */
  _leave (): void
  /** Tells the other tabs. */
  _tell<K extends Kind> (kind: K, data: Contents[K]): void
  /** Tells the other tabs, if this one has the connection; frames are kept for those that are asleep. */
  _tellAsLeader<K extends Kind> (kind: K, data: Contents[K]): void
}

export function createTabs (member: Member): Tabs {
  const { _platform: platform, _scope: scope } = member
  const { now } = platform
  const wait = createTimer(platform)
  const id = newId()
  let name: string | undefined
  let channel: Channel | undefined
  let isLeading = false
  let isAlone = false
  /** Resolves the promise of `lead`. */
  let elected = () => {}
  /** Gives back the lock, or the wish for it. */
  let resign = () => {}
  let leader: string | undefined
  let heardAt = 0
  let isAsking = false
  let kept: SharedFrame[] = []

  function tell<K extends Kind> (kind: K, data?: Contents[K]) {
    channel?.postMessage({ kind, data, from: id })
  }

  function leave () {
    name = undefined
    isLeading = isAlone = isAsking = false
    wait()
    resign()
    resign = () => {}
    channel?.close()
    channel = undefined
    kept = []
  }

  /** Shares with nobody: a page may have no user yet, or not be allowed to use locks. */
  function goAlone () {
    leave()
    isAlone = true
    elected()
  }

  function join (group: string) {
    leave()
    name = group
    channel = platform.channel!(group)
    channel.onmessage = ({ data }: { data: Message }) => receive(data)
    leader = undefined
    hello()
    watch()
    compete(false)
  }

  function compete (steal: boolean) {
    const aborter = new AbortController()
    const { signal } = aborter
    resign = () => aborter.abort()
    const hold = async () => {
      if (signal.aborted) return
      isLeading = true
      wait()
      tell('lead')
      elected()
      member._onElected()
      // It may have left meanwhile.
      if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve))
    }
    // It rejects when the wish is taken back, and when the lock is taken away.
    platform.locks!.request(name!, steal ? { steal } : { signal }, hold).catch(error => error).then(error => {
      if (signal.aborted) return
      if (error?.name !== 'AbortError') return goAlone()
      isLeading = false
      kept = []
      watch()
      compete(false)
      member._onDeposed()
      hello()
    }).catch(reportFault)
  }

  /** Looks whether the leader is there, while this tab is seen: what a hidden one does not hear, nobody misses. */
  function watch () {
    const look = () => {
      wait(PING_MS, look)
      if (!platform.page!.isVisible()) heardAt = now()
      else if (now() - heardAt < SILENCE_MS) tell('hello')
      else {
        heardAt = now()
        resign()
        compete(true)
      }
    }
    heardAt = now()
    wait(PING_MS, look)
  }

  function hello () {
    isAsking = true
    tell('hello', member._status().cursor)
  }

  function receive ({ from, kind, data }: Message) {
    if (kind in member._on) member._on[kind as 'logout'](data as never)
    else if (!isLeading) listen({ from, kind, data } as Message)
    else if (kind === 'hello') tell('here', { to: from, missed: missedAfter(data), ...member._status() })
  }

  /** What a tab with this cursor has missed; null if that is not known. */
  function missedAfter (cursor: string | undefined): SharedFrame[] | null {
    if (cursor === undefined || !isAfter(member._status().cursor, cursor)) return []
    const index = kept.findIndex(({ previous }) => previous === cursor)
    return index < 0 ? null : kept.slice(index)
  }

  function listen ({ from, kind, data }: Message) {
    if (kind === 'lead') {
      leader = from
      hello()
    }
    // Somebody who listens too, or who has led before.
    if (kind === 'hello' || from !== (leader ??= from)) return
    heardAt = now()
    if (kind === 'frame') take(data)
    else if (kind === 'here') catchUp(data)
  }

  function take ({ frame, previous }: SharedFrame) {
    if (isAsking) return
    const { cursor } = member._status()
    // Without a `previous`, it is the leader's first welcome.
    const isHole = cursor !== undefined && 'cursor' in frame && (previous === undefined || isAfter(previous, cursor))
    if (isHole) hello()
    else member._onFrame(frame)
  }

  function catchUp (status: Contents['here']) {
    const { to, missed, cursor } = status
    if (to !== undefined && to !== id) return
    if (to === id) isAsking = false
    member._onStatus(status)
    if (to !== id) return
    if (missed === null) member._onFrame({ type: 'gap', cursor: cursor!, payload: { reason: 'expired' } })
    else for (const { frame } of missed ?? []) member._onFrame(frame)
  }

  return {
    get _leads () { return isLeading || isAlone },
    async _lead (subject) {
      if (scope === undefined || subject === undefined || !platform.locks || !platform.page || !platform.channel) return goAlone()
      const group = `${scope} ${subject}`
      if (group !== name) join(group)
      if (!isLeading && !isAlone) await new Promise<void>(resolve => { elected = resolve })
    },
    _leave: leave,
    _tell: tell,
    _tellAsLeader (kind, data) {
      if (!isLeading) return
      if (kind === 'frame' && 'cursor' in (data as SharedFrame).frame && kept.push(data as SharedFrame) > KEPT) kept.shift()
      tell(kind, data)
    }
  }
}
