import type { LogEvent } from '../../log/event.ts'
import type { WebhookWithSecrets } from '../../store/contract/webhooks.ts'
import type { Store } from '../../store/store.ts'
import type { ReaderDeps } from '../reader.ts'
import { WebhookReader, type WebhookReaderDeps } from './reader.ts'

export interface WebhookRunnerDeps extends Pick<WebhookReaderDeps, 'client' | 'owner' | 'isAlone' | 'leaseMs' | 'graceMs' | 'onAttempt' | 'onError' | 'onSuccess'> {
  store: ReaderDeps['store'] & Pick<Store, 'activeWebhooks' | 'calls' | 'feed' | 'moveWebhook' | 'epoch' | 'releaseReaders'>
  /** Called when retention removed events before a webhook was called for them. */
  onMissed: (webhook: WebhookWithSecrets, missed: number) => void
}

/** How soon the webhooks are read again after an error, milliseconds. */
const RETRY_MS = 1_000

/** How long calls of a webhook may go on once it was changed, milliseconds: those that take longer are made again as it is now. */
export const CHANGE = { graceMs: 500 }

/** Runs the readers of all active webhooks: those whose lease this node gets call, the others wait for it. */
export class WebhookRunner {
  readonly #deps: WebhookRunnerDeps
  readonly #readers = new Map<string, WebhookReader>()
  /** Those of webhooks that were changed or removed, until they have ended. */
  readonly #ending = new Map<string, Promise<void>>()
  #loading: Promise<void> | undefined
  #needsLoad = false
  #isStopped = false
  #retry: NodeJS.Timeout | undefined

  constructor (deps: WebhookRunnerDeps) {
    this.#deps = deps
  }

  /** How far the reader is behind that is the furthest behind, of those that this node runs, milliseconds. */
  get lagMs (): number {
    return Math.max(0, ...[...this.#readers.values()].map(({ lagMs }) => lagMs))
  }

  /** Takes what the log has that is new. */
  follow (events: LogEvent[]): void {
    if (events.some(({ kind }) => kind === 'webhook.changed')) this.load()
    if (this.#readers.size > 0) for (const reader of this.#readers.values()) reader.wake()
  }

  /** Reads which webhooks there are; after an error, again until it succeeds. */
  load (): void {
    clearTimeout(this.#retry)
    this.#needsLoad = true
    this.#loading ??= this.#loadAll().catch((error: unknown) => {
      this.#deps.onError(error)
      if (!this.#isStopped) this.#retry = setTimeout(() => this.load(), RETRY_MS).unref()
    }).finally(() => { this.#loading = undefined })
  }

  /** Resolves when the readers are those of the webhooks. */
  async settled (): Promise<void> {
    while (this.#loading || this.#ending.size > 0) await Promise.all([this.#loading, ...this.#ending.values()])
  }

  /** Ends all calls, and gives the leases back. */
  async stop (): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#retry)
    await this.#loading
    await Promise.all([...this.#ending.values(), ...[...this.#readers.values()].map(reader => reader.stop())])
    this.#readers.clear()
    await this.#deps.store.releaseReaders(this.#deps.owner).catch(() => {})
  }

  async #loadAll (): Promise<void> {
    while (this.#needsLoad && !this.#isStopped) {
      this.#needsLoad = false
      const webhooks = new Map((await this.#deps.store.activeWebhooks()).map(webhook => [webhook.id, webhook]))
      for (const [id, reader] of this.#readers) if (reader.isOver || JSON.stringify(webhooks.get(id)) !== JSON.stringify(reader.webhook)) this.#end(id, reader)
      if (this.#isStopped) return
      for (const [id, webhook] of webhooks) if (!this.#readers.has(id) && !this.#ending.has(id)) this.#start(webhook)
    }
  }

  /** Ends a reader; the others need not wait for it, only the one that takes its place. */
  #end (id: string, reader: WebhookReader): void {
    this.#readers.delete(id)
    this.#ending.set(id, reader.stop(CHANGE.graceMs).finally(() => {
      this.#ending.delete(id)
      if (!this.#isStopped) this.load()
    }))
  }

  #start (webhook: WebhookWithSecrets): void {
    const { onMissed, ...deps } = this.#deps
    const reader = new WebhookReader({ ...deps, webhook, onMissed: missed => onMissed(webhook, missed) })
    this.#readers.set(webhook.id, reader)
    reader.start()
  }
}
