import type { BelfryError } from '../errors.ts'
import type { ErrorCode } from '../protocol/error-codes.ts'
import { refusalOf } from '../identity/refusal.ts'
import { SOCKET_PATH } from '../protocol/endpoint.ts'
import type { Identity } from '../session/identity.ts'
import { Reporter, type ReporterDeps } from '../session/reporter.ts'
import type { SocketObserver } from './opening.ts'
import type { Verb } from '../protocol/client-frames.ts'

/** What all reporters of a node share. */
export interface SocketReporterDeps extends ReporterDeps {
  /** Called when an address that was charged for a socket has shown good credentials. */
  refundAddress: (ip: string) => void
  /** Counts the errors that clients were sent. */
  countRefusal: (code: ErrorCode) => void
}

/** Reports one socket to the log, the metrics and the limits. */
export class SocketReporter extends Reporter<SocketReporterDeps> implements SocketObserver {
  protected get noun (): string { return 'socket' }
  protected get path (): string { return SOCKET_PATH }

  async claim ({ subject, principal }: Identity): Promise<void> {
    await this.seat.claim(subject)
    this.deps.refundAddress(this.ip)
    this.opened(principal)
  }

  denied (verb: Verb): void {
    this.deps.log.warn({ ...this.line, verb }, 'access denied')
  }

  refused ({ code, statusCode }: BelfryError, cause: unknown): void {
    this.deps.countRefusal(code)
    const refusal = refusalOf(cause)
    if (refusal) this.deps.log.info({ reqId: this.requestId, refusal }, 'credentials refused')
    if (statusCode >= 500) this.failed(cause)
  }

  /** For a violation of the protocol ws has sent a close frame already. */
  broke (error: Error & { code?: string }): boolean {
    if (error.code?.startsWith('WS_ERR')) return false
    this.deps.log.debug({ reqId: this.requestId, err: error }, 'socket error')
    return true
  }
}
