import { writeSync } from 'node:fs'
import process from 'node:process'

/** The most bytes that wait to be written; further lines are dropped and counted. */
const MAX_WAITING_BYTES = 1_048_576
/** A full pipe is retried soon; a full disk, or a pipe without a reader, less often. */
const PIPE_RETRY_MS = 10
const FAULT_RETRY_MS = 1_000
/** Lines that reach this many bytes are written at once instead of at the end of the turn. */
const FULL_WRITE_BYTES = 65_536

export interface LogDestinationOptions {
  /** A file descriptor. A pipe must be non-blocking, or the process stops when nobody reads it. */
  fd: number
  maxWaitingBytes?: number
}

/** How many lines were dropped and why; reported when lines can be written again. */
export interface Loss { lines: number, reason: string }

/**
 * Writes log lines, with one write for all lines of a turn of the event loop. Whatever happens to the
 * reader (a full disk, a pipe that nobody reads, a pipe that was closed), `write` never waits, never
 * throws, and never uses more memory than the bound.
 */
export class LogDestination {
  readonly #fd: number
  readonly #maxWaitingBytes: number
  #lines: string[] = []
  #lineBytes = 0
  /** The buffer being written, and how many of its bytes are written. */
  #buffer: Buffer | undefined
  #written = 0
  #isScheduled = false
  /** The error code of the last attempt, if it failed. */
  #fault: string | undefined
  #droppedLines = 0
  /** Dropped lines that are not reported yet. */
  #untold = 0
  #onRecovery: (loss: Loss) => void = () => {}

  constructor ({ fd, maxWaitingBytes = MAX_WAITING_BYTES }: LogDestinationOptions) {
    this.#fd = fd
    this.#maxWaitingBytes = maxWaitingBytes
  }

  /** Lines dropped since the start. */
  get droppedLines (): number {
    return this.#droppedLines
  }

  /** Bytes that wait to be written. */
  get waitingBytes (): number {
    return this.#lineBytes + (this.#buffer ? this.#buffer.length - this.#written : 0)
  }

  /** Calls `listener` when lines can be written again after some were dropped. */
  onRecovery (listener: (loss: Loss) => void): void {
    this.#onRecovery = listener
  }

  /** Takes a line with its line end; called by pino. */
  write (line: string): void {
    const bytes = Buffer.byteLength(line)
    if (this.waitingBytes + bytes > this.#maxWaitingBytes) {
      this.#droppedLines += 1
      this.#untold += 1
      return
    }
    this.#lines.push(line)
    this.#lineBytes += bytes
    if (this.#lineBytes >= FULL_WRITE_BYTES && this.#fault === undefined) this.#attempt()
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#drain())
  }

  /** Writes the waiting lines synchronously before the process ends, for at most `withinMs`. */
  flush (withinMs: number): void {
    const deadline = performance.now() + withinMs
    while (this.#attempt() === 'EAGAIN' && performance.now() < deadline) sleep(PIPE_RETRY_MS)
  }

  #drain (): void {
    this.#isScheduled = false
    const reason = this.#fault === undefined || this.#fault === 'EAGAIN' ? 'nobody read them' : this.#fault
    const fault = this.#attempt()
    if (fault !== undefined) {
      this.#isScheduled = true
      setTimeout(() => this.#drain(), fault === 'EAGAIN' ? PIPE_RETRY_MS : FAULT_RETRY_MS).unref()
    } else if (this.#untold > 0) {
      const lines = this.#untold
      this.#untold = 0
      this.#onRecovery({ lines, reason })
    }
  }

  /** Writes all waiting lines. Returns the error code if that failed. */
  #attempt (): string | undefined {
    try {
      while (this.#buffer ?? this.#next()) {
        const buffer = this.#buffer!
        this.#written += writeSync(this.#fd, buffer, this.#written)
        if (this.#written === buffer.length) this.#buffer = undefined
      }
      this.#fault = undefined
    } catch (error) {
      this.#fault = (error as NodeJS.ErrnoException).code ?? 'EIO'
    }
    return this.#fault
  }

  #next (): Buffer | undefined {
    if (this.#lines.length === 0) return undefined
    this.#buffer = Buffer.from(this.#lines.join(''))
    this.#written = 0
    this.#lines = []
    this.#lineBytes = 0
    return this.#buffer
  }
}

let destination: LogDestination | undefined

/** The standard output of the process for log lines, shared by all loggers. */
export function logDestination (): LogDestination {
  // Reading `process.stdout` creates Node's stream, which makes a pipe non-blocking.
  destination ??= new LogDestination({ fd: process.stdout.fd })
  return destination
}

function sleep (ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
