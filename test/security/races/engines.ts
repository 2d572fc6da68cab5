import type { Test } from 'tap'
import { build, type App } from '../../helper.ts'
import { postgres } from '../../services/postgres.ts'

/** Runs a test on an application of each engine. */
export async function onEachEngine (t: Test, test: (t: Test, app: App) => Promise<void>): Promise<void> {
  const server = await postgres(t)
  t.test('SQLite', async t => { await test(t, await build(t)) })
  if (!server) return
  t.test('PostgreSQL', async t => { await test(t, await build(t, { DATABASE_URL: await server.database(t) })) })
}

type Method = { [K in keyof App['store']]: App['store'][K] extends (...args: any[]) => Promise<unknown> ? K : never }[keyof App['store']]

/** Lets `first` commit between the check of a request and its write: before the next call of a method of the store. */
export function before (app: App, method: Method, first: () => Promise<unknown>): void {
  const original = app.store[method] as (...args: unknown[]) => Promise<unknown>
  const store = app.store as unknown as Record<string, typeof original>
  store[method] = async (...args) => {
    store[method] = original
    await first()
    return await original(...args)
  }
}
