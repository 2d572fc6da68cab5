import type { App } from '../../helper.ts'

type Read = (app: App) => Promise<string>
interface Known { commits: number, states: Map<Read, { commits: number, state: string }> }

/** Of each application how often it committed, and what was read of it after so many commits. */
const known = new WeakMap<App, Known>()

/** What `read` finds of an application's store. Nothing changes without a commit, so it is read again after one only. */
export async function stateBy (app: App, read: Read): Promise<string> {
  const now = known.get(app) ?? follow(app)
  const last = now.states.get(read)
  if (last?.commits === now.commits) return last.state
  // Counted before it is read: what is committed meanwhile is read again.
  const { commits } = now
  const state = await read(app)
  now.states.set(read, { commits, state })
  return state
}

function follow (app: App): Known {
  const now: Known = { commits: 0, states: new Map() }
  app.store.onCommit(() => { now.commits++ })
  known.set(app, now)
  return now
}
