import type { Store } from '../../store/store.ts'
import type { Judged, OutboundChannel } from './channels.ts'

/**
 * What became of a notification on one channel at one user:
 * `sent` (`at`: when), `failed` (given up, or refused), `waiting`, `quiet` and `digest` (`at`: until when), `off` and `muted` (by settings),
 * `no_address` (there is nowhere to send it), `not_needed` (it was read, or ended, before it was its turn).
 */
export type ChannelState = 'sent' | 'failed' | 'waiting' | 'quiet' | 'digest' | 'off' | 'muted' | 'no_address' | 'not_needed'

export interface ChannelReport { channel: OutboundChannel, state: ChannelState, /** Milliseconds since 1970. */ at: number | null }

/** The notification that is reported on; `at`: when it was sent, milliseconds since 1970. */
export interface ChannelSubject extends Judged { at: number }

/** What a channel knows; `isRead`: whether the user has read it. */
export type Reporter = (userId: string, subject: ChannelSubject & { isRead: boolean }) => Promise<Pick<ChannelReport, 'state' | 'at'>>

/** What the channels of this server did with a notification. Each adds its reporter; those that are switched off have none. */
export class ChannelReports {
  readonly #store: Pick<Store, 'channelSubject'>
  readonly #reporters = new Map<OutboundChannel, Reporter>()

  constructor (store: Pick<Store, 'channelSubject'>) {
    this.#store = store
  }

  add (channel: OutboundChannel, reporter: Reporter): void {
    this.#reporters.set(channel, reporter)
  }

  /** Of a recipient of the notification; nothing if the log no longer has it. */
  async of (userId: string, id: string, isRead: boolean): Promise<ChannelReport[]> {
    const subject = this.#reporters.size === 0 ? undefined : await this.#store.channelSubject(id)
    if (!subject) return []
    return await Promise.all([...this.#reporters].sort().map(async ([channel, report]) => ({ channel, ...await report(userId, { ...subject, isRead }) })))
  }
}
