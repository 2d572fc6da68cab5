import type { Published } from '../store/plans.ts'
import type { Store } from '../store/store.ts'
import { DueWork, type DueWorkDeps } from '../log/due-work.ts'

export interface SchedulerDeps extends DueWorkDeps {
  store: Pick<Store, 'nextPlan' | 'publishDue'>
  /** Called with what each commit published. */
  onPublished: (published: Published) => void
}

/** Plans published per commit: few enough that sends which share the commit hardly notice. */
const PAGE = 100
/** Writes per commit when each of them publishes one plan, because it may replace a notification. */
const CHAINED = 8

/** Publishes due plans. */
export class Scheduler extends DueWork {
  readonly #deps: SchedulerDeps
  #writes = 1

  constructor (deps: SchedulerDeps) {
    super(deps)
    this.#deps = deps
  }

  /** A plan was made for this time, milliseconds since 1970. */
  planned (sendAt: number): void {
    this.wakeWithin(Math.max(0, sendAt - Date.now()))
  }

  protected async dueIn (): Promise<number | null> {
    return (await this.#deps.store.nextPlan()).dueIn
  }

  protected async step (): Promise<boolean> {
    const writes = this.#writes
    this.#writes = 1
    // Writes of the same turn share a commit, and are carried out in their order.
    const pages = await Promise.all(Array.from({ length: writes }, () => this.#deps.store.publishDue(PAGE)))
    for (const published of pages) this.#deps.onPublished(published)
    const { more, isChained } = pages.at(-1)!
    if (more && isChained) this.#writes = CHAINED
    return more
  }
}
