import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import process from 'node:process'
import { test, type Test } from 'tap'
import { newFolder, Process, PROJECT } from '../process.ts'

/** A database that takes connections and says nothing: a start that reaches it stays there for a while. */
async function silentDatabase (t: Test): Promise<{ env: Record<string, string>, reached: Promise<unknown> }> {
  const server = createServer(socket => socket.on('error', () => {})).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    env: { DATABASE_URL: `postgres://belfry@127.0.0.1:${port}/belfry`, JWT_SECRET: 'a-secret-for-tests-of-at-least-32-bytes' },
    reached: once(server, 'connection')
  }
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${signal} during the start ends it in good order`, async t => {
    const { env, reached } = await silentDatabase(t)
    const server = new Process(t, { folder: await newFolder(t), env })
    await reached
    t.same(await server.stop(signal), { code: 0, signal: null })
    t.same(await server.err.ended(), [`belfry: ${signal} during the start: exiting`])
    t.same(await server.out.ended(), [], 'it did not go on')
  })
}

const canBeFirst = process.getuid?.() === 0 && existsSync('/usr/bin/unshare')

test('as the first process of a container, too', { skip: !canBeFirst && 'only root may make a space of process ids' }, async t => {
  const { env, reached } = await silentDatabase(t)
  const command = ['unshare', '--pid', '--fork', '--kill-child', process.execPath, `${PROJECT}/src/server.ts`]
  const container = new Process(t, { folder: await newFolder(t), env, command })
  await reached
  const { pid } = container.child
  // The system ignores a signal to process 1 that it has no handler for.
  const first = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'))
  process.kill(first, 'SIGTERM')
  t.same(await container.ended, { code: 0, signal: null })
})
