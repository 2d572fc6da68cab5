import type { Store } from '../store/store.ts'
import { DueWork, type DueWorkDeps } from '../log/due-work.ts'

export interface RemindersDeps extends DueWorkDeps {
  store: Pick<Store, 'nextDemand' | 'remindDue'>
}

const POLL_MS = 2_000

/** Takes the steps of reminders and escalations that are due: the commit of each moves the place from where the next one goes on. */
export class Reminders extends DueWork {
  readonly #store: RemindersDeps['store']

  constructor (deps: RemindersDeps) {
    super(deps, POLL_MS)
    this.#store = deps.store
  }

  protected async dueIn (): Promise<number | null> {
    return await this.#store.nextDemand()
  }

  protected async step (): Promise<boolean> {
    return (await this.#store.remindDue()).more
  }
}
