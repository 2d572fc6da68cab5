import { writeSync } from 'node:fs'
import process from 'node:process'

/** What waits for a reader at the most, bytes; lines past that are dropped and counted. */
const MAX_WAITING_BYTES = 1_048_576
/** A full pipe is tried again soon, a full disk or a reader that is gone now and then. */
const PIPE_RETRY_MS = 10
const FAULT_RETRY_MS = 1_000
/** So much is written at once, whatever else the turn has to say. */
const FULL_WRITE_BYTES = 65_536

export interface LogDestinationOptions {
  /** A file descriptor. That of a pipe must be non-blocking, or one that nobody reads stops the process. */
  fd: number
  maxWaitingBytes?: number
}

/** What became of the lines that could not be written, told when lines are written again. */
export interface Loss { lines: number, reason: string }

/**
 * Where log lines go: one write for those of a turn of the event loop. Whatever becomes of the
 * reader (a full disk, a pipe that nobody reads, or that nobody has open any more), writing to it
 * never waits, never throws, and never takes more memory than the bound.
 */
export class LogDestination {
  readonly #fd: number
  readonly #maxWaitingBytes: number
  #lines: string[] = []
  #lineBytes = 0
  /** What was begun to be written, and how much of it has been. */
  #buffer: Buffer | undefined
  #written = 0
  #isScheduled = false
  /** The error of the last try, if it failed. */
  #fault: string | undefined
  #droppedLines = 0
  /** Of these, those that nobody was told of yet. */
  #untold = 0
  #onRecovery: (loss: Loss) => void = () => {}

  constructor ({ fd, maxWaitingBytes = MAX_WAITING_BYTES }: LogDestinationOptions) {
    this.#fd = fd
    this.#maxWaitingBytes = maxWaitingBytes
  }

  /** Lines lost since the start. */
  get droppedLines (): number {
    return this.#droppedLines
  }

  /** Bytes that wait to be written. */
  get waitingBytes (): number {
    return this.#lineBytes + (this.#buffer ? this.#buffer.length - this.#written : 0)
  }

  /** Calls `listener` when lines are written again after some were lost. */
  onRecovery (listener: (loss: Loss) => void): void {
    this.#onRecovery = listener
  }

  /** Takes a line with its end; pino calls it. */
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

  /** Writes what waits before the process ends, for as long as that may take. */
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

  /** Writes all there is; the code of the error that kept it from that. */
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

/** The process' standard output, for lines of the log; all loggers of a process share it. */
export function logDestination (): LogDestination {
  // That Node's own stream for it is made at all sets a pipe non-blocking.
  destination ??= new LogDestination({ fd: process.stdout.fd })
  return destination
}

function sleep (ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
