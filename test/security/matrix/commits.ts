import type { App } from '../../helper.ts'

const counters = new WeakMap<App, { commits: number }>()
const known = new WeakMap<App, Map<(app: App) => Promise<string>, { commits: number, state: string }>>()

/** What `read` finds of an application's store. Nothing changes without a commit, so it is read again after one only. */
export async function stateBy (app: App, read: (app: App) => Promise<string>): Promise<string> {
  let counter = counters.get(app)
  if (!counter) {
    const count = counter = { commits: 0 }
    app.store.onCommit(() => { count.commits++ })
    counters.set(app, counter)
    known.set(app, new Map())
  }
  const states = known.get(app)!
  const last = states.get(read)
  if (last?.commits === counter.commits) return last.state
  // Counted before it is read: what is committed meanwhile is read again.
  const { commits } = counter
  const state = await read(app)
  states.set(read, { commits, state })
  return state
}
