import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { Test } from 'tap'
import { freePort, install, missing, serve, stop, type Server } from './process.ts'

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
  const binary = find(t)
  if (binary === undefined) return undefined
  const instance = await privateInstance(t, binary, port => ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...args])
  await instance.start()
  return { url: instance.url, instance }
}

/** A Sentinel that watches nothing, ended with the test; undefined if there is none to be had, which the test then says. */
export async function sentinel (t: Test): Promise<RedisInstance | undefined> {
  const binary = find(t)
  if (binary === undefined) return undefined
  const instance = await privateInstance(t, binary, (port, home) => {
    const config = join(home, 'config')
    writeFileSync(config, `port ${port}\nbind 127.0.0.1\nprotected-mode no\n`)
    return [config, '--sentinel']
  })
  await instance.start()
  return instance
}

/** The program, installed if that can be done; the test says so if it cannot be had. */
function find (t: Test): string | undefined {
  const look = () => BINARIES.find(path => existsSync(path))
  return look() ?? (install('redis-server'), look()) ?? missing(t, 'Redis', 'TEST_REDIS_URL') as undefined
}

async function privateInstance (t: Test, binary: string, argsOf: (port: number, home: string) => string[]): Promise<RedisInstance> {
  const home = mkdtempSync(join(tmpdir(), 'belfry-redis-'))
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let server: Server | undefined
  const instance = {
    url,
    port,
    async start () {
      server = await serve(binary, [...argsOf(port, home), '--dir', home], { cwd: home, signal: 'TERM', answers: () => answers(port) })
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
