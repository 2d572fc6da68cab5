import { newId } from '../sending/id.ts'
import { callOf, isTemporary, problemIn } from './requests.ts'
import type { Change, Intent } from './state/state.ts'
import { backoff, type Store } from './store.ts'
import { readMessage, type TabMessage } from './tabs.ts'

/** The most notifications that one call marks. */
export const MOST_IDS = 100
/** How many marks the leading tab remembers the outcome of, for tabs that missed it. */
const REMEMBERED = 500

type Settled = Extract<TabMessage, { kind: 'settled' }>

/** Sends marks in their order, one call at a time. They wait while there is no connection, and during a replay. */
export class Outbox {
  readonly #store: Store
  /** Marks of this tab that wait for their outcome. */
  readonly #own = new Map<string, { intent: Intent, resolve: (isDone: boolean) => void }>()
  readonly #settled = new Map<string, Settled>()
  /** Marks that the server may have: it was asked before, here or by another tab, and no answer came. */
  readonly #doubtful = new Set<string>()
  #isSending = false
  #tries = 0
  #isLeading = false
  /** Told when the server refuses a mark. */
  onUndone: (intent: string) => void = () => {}

  constructor (store: Store) { this.#store = store }

  /** Shows a change, and sends it as soon as possible. Resolves with whether the server has made it. */
  add (change: Change): { id: string, done: Promise<boolean> } {
    const intent: Intent = { id: newId(), change, time: new Date(this.#store.now()).toISOString() }
    const done = this.#adopt(intent)
    this.#tell({ kind: 'intent', intent })
    return { id: intent.id, done }
  }

  /** Marks that were kept over a restart: they are this tab's now. */
  resume (intents: readonly Intent[]): void {
    this.#doubt(intents)
    for (const intent of intents) this.#store.run(() => this.#adopt(intent))
  }

  #doubt (intents: readonly Intent[]): void {
    for (const { id } of intents) this.#doubtful.add(id)
  }

  #adopt (intent: Intent): Promise<boolean> {
    const done = new Promise<boolean>(resolve => this.#own.set(intent.id, { intent, resolve }))
    this.#store.dispatch({ kind: 'intent', intent })
    return done
  }

  work (): void {
    const { state, core, timers } = this.#store
    if (this.#isSending || !core.leads || core.connection !== 'connected' || state.replay) return
    if (state.pending.some(({ at }) => at === undefined)) this.#after(backoff(core, this.#tries))
    else timers.stop('send')
  }

  #after (ms: number): void {
    const send = () => this.#store.run(() => this.#send())
    if (ms === 0) send()
    else this.#store.timers.start('send', ms, send)
  }

  onConnection (): void {
    const { leads, connection } = this.#store.core
    this.#tries = 0
    this.#store.timers.stop('send')
    if (leads && !this.#isLeading) {
      this.#doubt(this.#store.state.pending)
      this.#tell({ kind: 'lead' })
    }
    if (!leads && connection === 'connected') {
      this.#tellOwn()
      this.#tell({ kind: 'hello' })
    }
    this.#isLeading = leads
  }

  /** Gives up every mark: the user has gone. */
  clear (): void {
    for (const { resolve } of this.#own.values()) resolve(false)
    this.#own.clear()
    this.#settled.clear()
    this.#doubtful.clear()
    this.#tries = 0
  }

  onTabMessage (data: unknown): void {
    const message = readMessage(data)
    switch (message?.kind) {
      case 'intent': return this.#take(message.intent)
      case 'settled': return this.#settle(message)
      case 'lead': return this.#tellOwn()
      case 'hello':
        if (this.#store.core.leads) this.#tell({ kind: 'pending', intents: this.#store.state.pending })
        return
      case 'pending': return this.#compare(message.intents)
    }
  }

  #take (intent: Intent): void {
    const settled = this.#settled.get(intent.id)
    if (settled) this.#tell(settled)
    else this.#store.dispatch({ kind: 'intent', intent })
  }

  /** The leading tab's marks are all there are, but for this tab's own, which it may not have heard of. */
  #compare (intents: readonly Intent[]): void {
    if (this.#store.core.leads) return
    const ids = new Set(intents.map(({ id }) => id))
    for (const { id, at } of this.#store.state.pending) if (at === undefined && !ids.has(id) && !this.#own.has(id)) this.#store.dispatch({ kind: 'undone', intent: id })
    for (const intent of intents) this.#store.dispatch({ kind: 'intent', intent })
  }

  #tellOwn (): void {
    for (const { intent } of this.#own.values()) this.#tell({ kind: 'intent', intent })
  }

  #tell (message: TabMessage): void {
    this.#store.core.broadcastToTabs(message)
  }

  /** Makes the next call. Marks of the same kind that wait behind one another share it. */
  async #send (): Promise<void> {
    const store = this.#store
    const batch = batchOf(store.state.pending.filter(({ at }) => at === undefined))
    const [first] = batch
    if (!first || this.#isSending) return
    const ids = first.change.kind === 'mark' ? [...new Set(batch.flatMap(idsOf))] : []
    const change = first.change.kind === 'mark' ? { ...first.change, ids } : first.change
    this.#isSending = true
    const answer = await store.call('POST', ...callOf({ ...first, change })).catch(() => undefined)
    this.#isSending = false
    const { cursor, ids: found, action } = (answer?.body ?? {}) as { cursor?: unknown, ids?: string[], action?: unknown }
    if (answer?.status === 200 && typeof cursor === 'string') {
      this.#tries = 0
      for (const intent of batch) {
        const isOther = intent.change.kind === 'act' && action !== intent.change.action
        const isWhole = !Array.isArray(found) || this.#isMadeBefore(intent)
        this.#conclude({ kind: 'settled', intent: intent.id, cursor, ...(isOther ? { ids: [] } : isWhole ? {} : { ids: idsOf(intent).filter(id => found.includes(id)) }) })
      }
    } else if (answer && answer.status >= 400 && !isTemporary(answer.status)) {
      this.#tries = 0
      const isMade = (intent: Intent) => answer.status === 404 && this.#isMadeBefore(intent)
      if (!batch.every(isMade)) store.core.report(problemIn(answer))
      // Its event came before the answer.
      for (const intent of batch) this.#conclude({ kind: 'settled', intent: intent.id, ...(isMade(intent) ? { cursor: '' } : {}) })
    } else {
      this.#tries++
      this.#doubt(batch)
      if (answer?.retryAfter !== undefined) this.#after(answer.retryAfter)
    }
    this.work()
  }

  /** Whether not to be found means that an earlier try was stored: what is deleted cannot be deleted, nor what is there be restored. */
  #isMadeBefore ({ id, change }: Intent): boolean {
    return this.#doubtful.has(id) && change.kind === 'mark' && (change.as === 'deleted' || change.as === 'restored')
  }

  #conclude (settled: Settled): void {
    this.#settle(settled)
    this.#settled.set(settled.intent, settled)
    if (this.#settled.size > REMEMBERED) this.#settled.delete(this.#settled.keys().next().value!)
    this.#tell(settled)
  }

  #settle ({ intent, cursor, ids }: Settled): void {
    const own = this.#own.get(intent)
    this.#own.delete(intent)
    this.#doubtful.delete(intent)
    if (cursor === undefined) {
      this.#store.dispatch({ kind: 'undone', intent })
      this.onUndone(intent)
    } else {
      this.#store.dispatch({ kind: 'confirmed', intent, cursor, ...(ids ? { ids } : {}) })
    }
    if (!own) return
    const { change } = own.intent
    const isWhole = ids === undefined || (change.kind === 'mark' && change.ids.every(id => ids.includes(id)))
    own.resolve(cursor !== undefined && isWhole)
  }
}

function idsOf ({ change }: Intent): readonly string[] {
  return change.kind === 'mark' ? change.ids : []
}

/** The marks that the next call makes: those at the front that differ only in their ids. */
function batchOf (intents: readonly Intent[]): Intent[] {
  const [first, ...rest] = intents
  if (first?.change.kind !== 'mark') return first ? [first] : []
  const { as } = first.change
  const batch = [first]
  const ids = new Set(first.change.ids)
  for (const intent of rest) {
    if (intent.change.kind !== 'mark' || intent.change.as !== as) break
    for (const id of intent.change.ids) ids.add(id)
    if (ids.size > MOST_IDS) break
    batch.push(intent)
  }
  return batch
}
