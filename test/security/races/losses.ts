import type { App } from '../../helper.ts'
import { mint } from '../../helper.ts'
import { enrol, login, makeKey } from '../accounts.ts'

/** An admin of company_a, or a key, that loses what its token allowed. */
export interface Loser { name: string, token: string, lose: () => Promise<unknown> }

/** Each way to lose a right: its name, what is answered afterwards, and how it happens to a user, session or key. */
const losses: [name: string, status: number, lose: (app: App, id: string) => Promise<unknown>][] = [
  ['removed', 401, ({ store }, id) => store.removeUser(id)],
  ['demoted', 403, ({ store }, id) => store.changeUser(id, { role: 'user' })],
  ['moved', 403, ({ store }, id) => store.changeUser(id, { company: 'company_b' })],
  ['logged out', 401, ({ store }, id) => store.revokeSession(id)],
  ['key revoked', 401, ({ store }, id) => store.revokeKey(id)]
]

/** Runs every action with an actor of its own for every loss: tokens of a removed id are refused for a while. */
export async function onEachLoss<A> (
  app: App, scopes: string[], actions: Record<string, A>, run: (action: A, loser: Loser, status: number) => Promise<void>
): Promise<void> {
  for (const [loss, status, lose] of losses) {
    for (const [about, action] of Object.entries(actions)) {
      const name = `${loss}: ${about}`
      await enrol(app, { id: name, role: 'admin', company: 'company_a' })
      const { id, token } = await actor(app, loss, name, scopes)
      await run(action, { name, token, lose: () => lose(app, id) }, status)
      if (await app.store.user(name)) await app.store.removeUser(name)
    }
  }
}

/** What is lost, and the token that stands for it. */
async function actor (app: App, loss: string, name: string, scopes: string[]): Promise<{ id: string, token: string }> {
  if (loss === 'key revoked') return { id: name, token: await makeKey(app, name, scopes) }
  if (loss !== 'logged out') return { id: name, token: mint({ sub: name, role: 'admin', company: 'company_a' }) }
  const { access_token: token } = await login(app, name)
  return { id: sessionOf(token), token }
}

/** The session that an access token is of. */
export function sessionOf (token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).sid
}
