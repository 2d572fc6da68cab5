import type { Api } from '../shared/api.ts'
import { problemOf } from '../shared/problem.ts'
import { at } from '../shared/root.ts'
import type { Session } from '../shared/session.ts'
import { asApiError } from './access.ts'
import type { ConsoleApp } from './parts/page.ts'

export interface CallDeps {
  api: Api
  session: Session
  /** Called after a 403. */
  onRefused: () => void
  /** Called when an answer is late, and when none is any more. */
  onWaiting: (isWaiting: boolean) => void
}

/** An answer that has not come by then is late, milliseconds: it is said that it is waited for. */
const LATE_MS = 3_000

/** How pages of the console call the server. */
export function callsOf ({ api, session, onRefused, onWaiting }: CallDeps): Pick<ConsoleApp, 'call' | 'open'> {
  let late = 0
  return {
    async call ({ method, path, body }, signal) {
      let isLate = false
      const timer = setTimeout(() => {
        isLate = true
        onWaiting(++late > 0)
      }, LATE_MS)
      try {
        return await api.call(method, path, { body, ...(signal && { signal }) })
      } catch (error) {
        if (asApiError(error).status === 403) onRefused()
        throw error
      } finally {
        clearTimeout(timer)
        if (isLate) onWaiting(--late > 0)
      }
    },
    async open (path, signal) {
      const open = async (token: string | undefined) => await fetch(at(path), { signal, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } }).catch(() => undefined)
      const token = await session.token()
      let answer = await open(token)
      if (answer?.status === 401) answer = await open(await session.token(token))
      if (answer?.ok && answer.body) return answer.body
      const error = await problemOf(answer)
      if (error.status === 403) onRefused()
      throw error
    }
  }
}
