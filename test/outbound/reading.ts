import type { Test } from 'tap'
import { Reader, type ReaderDeps } from '../../src/outbound/reader.ts'
import type { Attempt, Item, Page } from '../../src/outbound/work.ts'
import { openStore } from '../../src/store/open.ts'
import type { Place } from '../../src/store/contract/readers.ts'
import type { Store } from '../../src/store/store.ts'
import { draft, upTo } from '../contract/store/engine.ts'

type Work = (seq: number, n: number, signal: AbortSignal) => Promise<Attempt> | Attempt
export const done: Attempt = { isDone: true, status: 200 }
export const refused: Attempt = { isDone: false, status: 500, error: 'answered 500' }

/** A reader of every event, that does what a test says. */
export class TestReader extends Reader<Item> {
  work: Work = () => done
  readonly attempts: string[] = []

  protected async read ({ seq: after }: Place, limit: number): Promise<Page<Item> | undefined> {
    const store = this.deps.store as Store
    if (limit === 0) throw new Error('nothing is asked for')
    if (after < await store.floor()) return undefined
    const events = await store.events(after, limit)
    return { items: events.map(({ seq, at }) => ({ seq, at })), upTo: events.at(-1)?.seq ?? after }
  }

  protected async attempt ({ seq }: Item, n: number, signal: AbortSignal): Promise<Attempt> {
    this.attempts.push(n === 1 ? `${seq}` : `${seq}/${n}`)
    return await this.work(seq, n, signal)
  }
}

export async function open (t: Test, overrides: Partial<ReaderDeps> = {}) {
  let offset = 0
  const store = await openStore('sqlite::memory:', { now: () => Date.now() + offset })
  t.teardown(() => store.close())
  const missed: number[] = []
  const start = (more: Partial<ReaderDeps> = {}): TestReader => {
    const reader = new TestReader({
      name: 'r', store, owner: 'a', isAlone: true, start: 'floor', onError: error => t.error(error), onMissed: count => missed.push(count), ...overrides, ...more
    })
    t.teardown(() => reader.stop())
    return reader
  }
  const send = (count: number) => Promise.all(upTo(count).map(() => store.notify(draft({ all: true }, { at: Date.now() + offset }))))
  return { store, missed, start, send, forward: (ms: number) => { offset += ms } }
}
