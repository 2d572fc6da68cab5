import type { ServerFrame } from '../../protocol/server-frames.ts'
import { isAfter } from '../connection/frames.ts'
import { subjectOf } from '../connection/tokens.ts'
import { reportFault } from '../events.ts'
import type { Channel, Platform } from '../platform.ts'
import { newId } from '../sending/id.ts'
import type { Content, Message, SharedFrame, Status } from './messages.ts'

/** How often a visible tab asks for the leader, and after what silence it takes its place; milliseconds. */
const PING_MS = 1_000
const SILENCE_MS = 3_000
/** How many frames the leader keeps for tabs that were asleep. */
const KEPT = 128

/** The client that a tab's part of the group belongs to. */
export interface Member {
  platform: Platform
  /** What connections have in common besides their user, if tabs may share one; undefined if they may not. */
  scope: string | undefined
  status (): Status
  /** The leader's connection changed. */
  onStatus (status: Status): void
  onFrame (frame: ServerFrame): void
  /** This tab leads from now on. */
  onElected (): void
  /** Another tab took the connection over. */
  onDeposed (): void
  onEnd (code: number, reason: string): void
  onToken (token: string): void
  onLogout (): void
  onTabMessage (data: unknown): void
}

/**
 * The tabs of one user in one browser: the one that holds a lock leads, which means that it has the connection, and tells
 * the others what it receives. When it is closed, the browser gives the lock to the next one; when it does not answer, a
 * visible tab takes the lock away.
 *
 * A tab that listens knows by `previous` whether it has everything up to a frame. If not, it says `hello` with its cursor
 * and takes no frame until it is told what it missed.
 */
export class Tabs {
  readonly #member: Member
  readonly #id = newId()
  #name: string | undefined
  #channel: Channel | undefined
  #isLeading = false
  #isAlone = false
  /** Resolves the promise of `lead`. */
  #elected = () => {}
  /** Gives back the lock, or the wish for it. */
  #resign = () => {}
  #leader: string | undefined
  #heardAt = 0
  #isAsking = false
  #stopWatching = () => {}
  #kept: SharedFrame[] = []

  constructor (member: Member) {
    this.#member = member
  }

  /** Joins the tabs of the user of this token. Resolves when this tab leads, at once if there is nobody to share with. */
  async lead (token: string): Promise<void> {
    const { scope, platform: { locks, page, channel } } = this.#member
    const subject = subjectOf(token)
    if (scope === undefined || subject === undefined || !locks || !page || !channel) return this.#goAlone()
    const name = `${scope} ${subject}`
    if (name !== this.#name) this.#join(name, channel(name))
    if (!this.leads) await new Promise<void>(resolve => { this.#elected = resolve })
  }

  /** Leaves the other tabs, one of which leads then. */
  leave (): void {
    this.#name = undefined
    this.#isLeading = this.#isAlone = this.#isAsking = false
    this.#stopWatching()
    this.#resign()
    this.#resign = () => {}
    this.#channel?.close()
    this.#channel = undefined
    this.#kept = []
  }

  /** Whether this tab has the connection of all tabs, or shares with none. */
  get leads (): boolean { return this.#isLeading || this.#isAlone }

  tell (content: Content): void {
    this.#channel?.postMessage({ ...content, from: this.#id })
  }

  /** Tells of the connection of this tab, if it has it. */
  tellStatus (): void {
    if (this.#isLeading) this.tell({ kind: 'here', ...this.#member.status() })
  }

  tellFrame (shared: SharedFrame): void {
    if (!this.#isLeading) return
    if ('cursor' in shared.frame && this.#kept.push(shared) > KEPT) this.#kept.shift()
    this.tell({ kind: 'frame', ...shared })
  }

  /** Tells that the server closed the connection for good. */
  tellEnd (code: number, reason: string): void {
    if (this.#isLeading) this.tell({ kind: 'end', code, reason })
  }

  /** Shares with nobody: a page may have no user yet, or not be allowed to use locks. */
  #goAlone (): void {
    this.leave()
    this.#isAlone = true
    this.#elected()
  }

  #join (name: string, channel: Channel): void {
    this.leave()
    this.#name = name
    this.#channel = channel
    channel.onmessage = ({ data }: { data: Message }) => this.#receive(data)
    this.#leader = undefined
    this.#hello()
    this.#watch()
    this.#compete(false)
  }

  #compete (steal: boolean): void {
    const name = this.#name!
    const abort = new AbortController()
    let isOver = false
    this.#resign = () => {
      isOver = true
      abort.abort()
    }
    const hold = async () => {
      if (isOver) return
      this.#isLeading = true
      this.#stopWatching()
      this.tell({ kind: 'lead' })
      this.#elected()
      this.#member.onElected()
      await new Promise<void>(resolve => {
        this.#resign = () => {
          isOver = true
          resolve()
        }
      })
    }
    // It rejects when the wish is taken back, and when the lock is taken away.
    this.#member.platform.locks!.request(name, steal ? { steal } : { signal: abort.signal }, hold).catch(error => error).then(error => {
      if (isOver) return
      if (error?.name !== 'AbortError') return this.#goAlone()
      this.#isLeading = false
      this.#kept = []
      this.#watch()
      this.#compete(false)
      this.#member.onDeposed()
      this.#hello()
    }).catch(reportFault)
  }

  /** Looks whether the leader is there, while this tab is seen: what a hidden one does not hear, nobody misses. */
  #watch (): void {
    const { platform } = this.#member
    this.#heardAt = platform.now()
    const look = () => {
      const now = platform.now()
      this.#stopWatching = platform.after(PING_MS, look)
      if (!platform.page!.isVisible()) this.#heardAt = now
      else if (now - this.#heardAt < SILENCE_MS) return this.tell({ kind: 'ping' })
      else {
        this.#heardAt = now
        this.#resign()
        this.#compete(true)
      }
    }
    this.#stopWatching()
    this.#stopWatching = platform.after(PING_MS, look)
  }

  #hello (): void {
    this.#isAsking = true
    this.tell({ kind: 'hello', cursor: this.#member.status().cursor })
  }

  #receive (message: Message): void {
    const { onToken, onLogout, onTabMessage } = this.#member
    switch (message.kind) {
      case 'token': return onToken(message.token)
      case 'logout': return onLogout()
      case 'inboxes': return onTabMessage(message.data)
    }
    if (this.#isLeading) this.#answer(message)
    else this.#listen(message)
  }

  #answer (message: Message): void {
    if (message.kind === 'ping') return this.tell({ kind: 'alive' })
    if (message.kind !== 'hello') return
    this.tell({ kind: 'here', to: message.from, missed: this.#missedAfter(message.cursor), ...this.#member.status() })
  }

  /** What a tab with this cursor has missed; null if that is not known. */
  #missedAfter (cursor: string | undefined): SharedFrame[] | null {
    if (cursor === undefined || !isAfter(this.#member.status().cursor, cursor)) return []
    const index = this.#kept.findIndex(({ previous }) => previous === cursor)
    return index < 0 ? null : this.#kept.slice(index)
  }

  #listen (message: Message): void {
    const { from, kind } = message
    if (kind === 'lead') {
      this.#leader = from
      this.#hello()
    }
    // Somebody who listens too, or who has led before.
    if (kind === 'hello' || kind === 'ping' || from !== (this.#leader ??= from)) return
    this.#heardAt = this.#member.platform.now()
    if (kind === 'end') this.#member.onEnd(message.code, message.reason)
    else if (kind === 'frame') this.#take(message)
    else if (kind === 'here') this.#catchUp(message)
  }

  #take ({ frame, previous }: SharedFrame): void {
    if (this.#isAsking) return
    const { cursor } = this.#member.status()
    // Without a `previous`, it is the leader's first welcome.
    const isHole = cursor !== undefined && 'cursor' in frame && (previous === undefined || isAfter(previous, cursor))
    if (isHole) this.#hello()
    else this.#member.onFrame(frame)
  }

  #catchUp (message: Extract<Message, { kind: 'here' }>): void {
    const { to, missed } = message
    if (to !== undefined && to !== this.#id) return
    const { onStatus, onFrame } = this.#member
    const isAnswer = to !== undefined
    if (isAnswer) this.#isAsking = false
    onStatus(message)
    if (!isAnswer) return
    if (missed === null) onFrame({ type: 'gap', cursor: message.cursor!, payload: { reason: 'expired' } })
    else for (const { frame } of missed ?? []) onFrame(frame)
  }
}
