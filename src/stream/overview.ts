import { readControl, type Control } from '../hub/control.ts'
import type { LogEvent } from '../log/event.ts'
import type { CloseCode } from '../protocol/close-codes.ts'
import { may } from '../rights/rights.ts'
import type { Identity } from '../session/identity.ts'
import type { Overview } from '../../schemas/overview.ts'
import { ServerStream, type StreamDeps, type StreamOpening } from './base.ts'
import { eventOf, preamble } from './encoding.ts'

/** What all streams of overviews of a node share. */
export interface OverviewDeps extends StreamDeps {
  /** The open ones. */
  sessions: Set<OverviewSession>
  /** Calls `watcher` once a second until the returned function is called. */
  watch: (watcher: (overview: Overview) => void) => () => void
  /** Whether somebody may still see overviews. Throws BLF_UNAUTHENTICATED if the credentials have ended. */
  judge: (identity: Identity) => Promise<boolean>
}

/** The bytes of an overview: made once, for every stream that it is sent to. */
const encoded = new WeakMap<Overview, Buffer>()

function frameOf (overview: Overview): Buffer {
  let bytes = encoded.get(overview)
  if (!bytes) {
    bytes = eventOf('overview', undefined, JSON.stringify({ type: 'overview', payload: overview }))
    encoded.set(overview, bytes)
  }
  return bytes
}

/** A stream of overviews. It is no subscriber of the hub, which closes it only when the node shuts down. */
export class OverviewSession extends ServerStream<OverviewDeps> {
  #unwatch: (() => void) | undefined

  constructor (deps: OverviewDeps, opening: StreamOpening) {
    super(deps, opening, null)
    deps.hub.wires.add(this.wire)
    deps.sessions.add(this)
  }

  /** Sends overviews until the stream ends. */
  begin (): void {
    this.wire.write(preamble())
    this.#unwatch = this.deps.watch(overview => this.connection.write(frameOf(overview)))
    this.wire.uncork()
    this.#judge().catch((error: unknown) => this.observer.failed(error))
  }

  /** Closes the stream if a control event ends its credentials or its right. */
  obey ({ subject, membership, sessionId }: Control): void {
    if (subject !== this.identity.subject || (sessionId !== undefined && sessionId !== this.identity.sessionId)) return
    if (!membership) this.close(4401)
    else if (!may({ kind: 'user', ...membership }, 'overview.read')) this.close(4403)
  }

  override closing (code: CloseCode): void {
    this.#stop()
    super.closing(code)
  }

  override ended (): void {
    this.#stop()
    super.ended()
  }

  /** Reads what changed between the check of the credentials and now: of what changes later, control events tell. */
  async #judge (): Promise<void> {
    try {
      if (!await this.deps.judge(this.identity)) this.close(4403)
    } catch (error) {
      this.closeFor(error)
    }
  }

  #stop (): void {
    this.#unwatch?.()
    this.deps.sessions.delete(this)
  }
}

/** Tells streams of overviews of an event of the log, if it is a control event. */
export function obeyEvent (sessions: Iterable<OverviewSession>, event: LogEvent): void {
  const control = readControl(event)
  if (control) for (const session of sessions) session.obey(control)
}
