import type { Joined } from '../../store/contract/reports.ts'
import type { Store } from '../../store/store.ts'
import { verdictOf, type Judged, type OutboundChannel, type Verdict } from './channels.ts'

/**
 * What became of a notification on one channel at one user:
 * `sent` (`at`: when), `failed` (given up, or refused), `waiting`, `quiet` and `digest` (`at`: until when), `off` and `muted` (by settings),
 * `no_address` (there is nowhere to send it), `not_needed` (it was read, or ended, before it was its turn), `joined_later` (the user joined its audience after its turn).
 */
export type ChannelState = 'sent' | 'failed' | 'waiting' | 'quiet' | 'digest' | 'off' | 'muted' | 'no_address' | 'not_needed' | 'joined_later'

export interface ChannelReport { channel: OutboundChannel, state: ChannelState, /** Milliseconds since 1970. */ at: number | null }

/** The notification that is reported on; `at`: when it was sent, milliseconds since 1970. */
export interface ChannelSubject extends Judged { at: number }

type Answer = Pick<ChannelReport, 'state' | 'at'>

/** What is known of the user: `joined`, if that was after it was sent. */
export interface ChannelUser { isRead: boolean, joined: Joined | null }

/** What a channel knows; `verdict`: what settings say now. */
export type Reporter = (userId: string, subject: ChannelSubject & ChannelUser & { verdict: Verdict }) => Promise<Answer>

const UNSENT = { off: 'off', muted: 'muted', unknown: 'no_address' } as const

/** Why nothing is sent: by settings, or because the user was removed. */
export function unsent ({ why }: Extract<Verdict, { is: 'never' }>): Answer {
  return { state: UNSENT[why], at: null }
}

/** What the channels of this server did with a notification. Each adds its reporter; those that are switched off have none. */
export class ChannelReports {
  readonly #store: Pick<Store, 'channelSettings' | 'channelSubject'>
  readonly #reporters = new Map<OutboundChannel, Reporter>()

  constructor (store: Pick<Store, 'channelSettings' | 'channelSubject'>) {
    this.#store = store
  }

  add (channel: OutboundChannel, reporter: Reporter): void {
    this.#reporters.set(channel, reporter)
  }

  /** Of a recipient of the notification; nothing if the log no longer has it. */
  async of (userId: string, id: string, user: ChannelUser): Promise<ChannelReport[]> {
    const subject = this.#reporters.size === 0 ? undefined : await this.#store.channelSubject(id)
    if (!subject) return []
    const [settings] = await this.#store.channelSettings([userId], subject)
    const now = Date.now()
    return await Promise.all([...this.#reporters].sort().map(async ([channel, report]) => {
      const verdict = verdictOf(channel, settings, subject, now)
      return { channel, ...await report(userId, { ...subject, ...user, verdict }) }
    }))
  }
}
