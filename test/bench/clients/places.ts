import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { configOf } from '../../docs/running.ts'
import { front } from '../../services/front.ts'
import { binaries, postgres } from '../../services/postgres.ts'
import { eventually, freePort } from '../../services/process.ts'
import { redis } from '../../services/redis.ts'
import { scope } from '../../services/scope.ts'
import { Server } from '../lib/child.ts'
import { SECRET } from '../lib/peers.ts'

/** Where clients lose their server and find one again. */
export interface Place {
  /** What clients connect to. */
  base: string
  /** The server that clients connect to: the only one, until `joined` is called. */
  first: Server
  joined: () => Promise<void>
  /** What has to happen after its end for clients to come back; whether there was another server all the time. */
  afterEnd: () => Promise<boolean>
  end: () => Promise<void>
}

export interface Kind {
  name: string
  isHere: boolean
  /** Whether it starts servers that are not Belfry. */
  needsServices: boolean
  /** Seconds that clients should need after `kill -9`, once a server answers. */
  bound: number
  open: () => Promise<Place>
}

const ENTRY = join(import.meta.dirname, '../../../src/server.ts')

/** Belfry as it ships, from its own entry: it drains on SIGTERM. Only limits are out of the way. */
async function serve (port: number, env: Record<string, string>): Promise<Server> {
  const server = await Server.start('sh', ['-c', `echo '{"port":${port}}'; exec "$0" "$1" >/dev/null`, process.execPath, ENTRY], {
    HOST: '127.0.0.1', PORT: String(port), JWT_SECRET: SECRET, RATE_LIMIT: '0', LOGIN_RATE_LIMIT: '0', LOG_LEVEL: 'warn', ADMIN_PASSWORD: 'of-the-benchmark', ...env
  })
  await eventually(async () => {
    if (!(await fetch(`http://127.0.0.1:${port}/readyz`)).ok) throw new Error('not ready')
  })
  return server
}

/** One server on a file, started again when it has ended. */
const restarted: Kind = {
  name: 'one server on SQLite, started again',
  isHere: true,
  needsServices: false,
  bound: 25,
  async open () {
    const folder = mkdtempSync(join(tmpdir(), 'belfry-bench-'))
    const port = await freePort()
    const start = async () => await serve(port, { DATABASE_URL: `sqlite:${join(folder, 'belfry.db')}` })
    const servers = [await start()]
    return {
      base: `http://127.0.0.1:${port}`,
      first: servers[0]!,
      async joined () {},
      async afterEnd () {
        // The file and the port are its own until it has ended.
        await servers[0]!.ended()
        servers.push(await start())
        return false
      },
      async end () {
        await Promise.all(servers.map(server => server.stop()))
        rmSync(folder, { recursive: true, force: true })
      }
    }
  }
}

/**
 * Two nodes behind HAProxy as docs/running.md configures it, but without TLS: its cost for clients that are all on this machine
 * would be most of what is measured. The second node starts when all clients are at the first.
 */
const nodes: Kind = {
  name: 'one of two nodes on PostgreSQL and Redis, behind HAProxy',
  isHere: existsSync('/usr/sbin/haproxy') && (process.env['TEST_DATABASE_URL'] !== undefined || binaries() !== undefined),
  needsServices: true,
  bound: 10,
  async open () {
    const { t, end } = scope()
    const env = { DATABASE_URL: await (await postgres(t))!.database(t), REDIS_URL: (await redis(t))!.url, TRUST_PROXY: '127.0.0.1' }
    const ports = [await freePort(), await freePort()]
    const port = await freePort()
    const servers = [await serve(ports[0]!, env)]
    await front(t, 'haproxy', configOf('haproxy').replace(/ ssl crt .*/, ''), ports, port, 'http')
    return {
      base: `http://127.0.0.1:${port}`,
      first: servers[0]!,
      async joined () { servers.push(await serve(ports[1]!, env)) },
      async afterEnd () { return true },
      async end () {
        await Promise.all(servers.map(server => server.stop()))
        await end()
      }
    }
  }
}

export const kinds: Kind[] = [nodes, restarted]
