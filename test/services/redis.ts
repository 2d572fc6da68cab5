import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { Test } from 'tap'
import { eventually, freePort, install, missing, serve, stop, type Server } from './process.ts'

const BINARIES = ['/usr/bin/redis-server', '/usr/local/bin/redis-server', '/usr/bin/valkey-server', '/opt/homebrew/bin/redis-server']

export interface RedisInstance {
  url: string
  port: number
  start: () => Promise<void>
  stop: () => Promise<void>
}

export interface RedisServer {
  url: string
  /** Null if it is not ours to stop. */
  instance: RedisInstance | null
}

/** The given server, or a private one that ends with the test; undefined if there is none to be had, which the test then says. */
export async function redis (t: Test, args: string[] = []): Promise<RedisServer | undefined> {
  const given = process.env.TEST_REDIS_URL
  if (given && args.length === 0) return { url: given, instance: null }
  const binary = find() ?? (install('redis-server'), find())
  if (binary === undefined) return missing(t, 'Redis', 'TEST_REDIS_URL') as undefined
  const instance = await privateInstance(t, binary, args)
  await instance.start()
  return { url: instance.url, instance }
}

function find (): string | undefined {
  return BINARIES.find(path => existsSync(path))
}

async function privateInstance (t: Test, binary: string, args: string[]): Promise<RedisInstance> {
  const home = mkdtempSync(join(tmpdir(), 'belfry-redis-'))
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let server: Server | undefined
  const instance = {
    url,
    port,
    async start () {
      server = serve(binary, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', home, ...args], { cwd: home, signal: 'TERM' })
      await eventually(() => answers(port))
    },
    async stop () {
      if (server) await stop(server)
      server = undefined
    }
  }
  t.teardown(async () => {
    await instance.stop()
    rmSync(home, { recursive: true, force: true })
  })
  return instance
}

/** Any answer will do: one that wants a password lives. */
async function answers (port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write('PING\r\n')
    const [answer] = await once(socket, 'data') as [Buffer]
    if (!/^[+-](PONG|NOAUTH)/.test(String(answer))) throw new Error(String(answer))
  } finally {
    socket.destroy()
  }
}
