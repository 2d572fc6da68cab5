import type { Test } from 'tap'
import { postgres, type Postgres } from '../../services/postgres.ts'
import { Proxy } from '../../services/proxy.ts'
import { redis, type RedisServer } from '../../services/redis.ts'
import { PUSHING } from '../quick/quick.ts'
import { ServerProcess } from '../server.ts'

/** A node with its own way to either server, which a fault can spoil. */
export class Node extends ServerProcess {
  readonly toPostgres: Proxy
  readonly toRedis: Proxy

  constructor (database: string, redisUrl: string, toPostgres: Proxy, toRedis: Proxy) {
    // Three nodes share a busy machine with those who test them: what takes longer is forced, which is a fault.
    super({ ...PUSHING, env: { ...PUSHING.env, DRAIN_SECONDS: '6', DATABASE_URL: toPostgres.via(database), REDIS_URL: toRedis.via(redisUrl) } })
    this.toPostgres = toPostgres
    this.toRedis = toRedis
  }
}

/** What the nodes share. */
export interface Servers { postgres: Postgres, redis: RedisServer }

export async function servers (t: Test): Promise<Servers | undefined> {
  const [store, bus] = await Promise.all([postgres(t), redis(t)])
  return store && bus && { postgres: store, redis: bus }
}

/** Several nodes that look like one server: each who asks for an address gets another one's. */
export class Cluster extends ServerProcess {
  readonly nodes: Node[]
  readonly servers: Servers
  readonly #listening = new Map<ServerProcess, string>()
  #turn = 0

  private constructor (nodes: Node[], servers: Servers) {
    super()
    this.nodes = nodes
    this.servers = servers
  }

  static async prepare (t: Test, servers: Servers, size: number): Promise<Cluster> {
    const database = await servers.postgres.database(t)
    const port = (url: string) => Number(new URL(url).port || (url.startsWith('redis') ? 6379 : 5432))
    const nodes = await Promise.all(Array.from({ length: size }, async () => new Node(
      database, servers.redis.url, await Proxy.before(t, port(database)), await Proxy.before(t, port(servers.redis.url))
    )))
    return new Cluster(nodes, servers)
  }

  /** Of another node each time. */
  override get port (): number | undefined {
    const bases = [...this.#listening.values()]
    return bases.length === 0 ? undefined : Number(new URL(bases[this.#turn++ % bases.length]!).port)
  }

  override async up (): Promise<string> {
    const bases = [...this.#listening.values()]
    if (bases.length === 0) return await Promise.any(this.nodes.map(node => node.up()))
    return bases[this.#turn++ % bases.length]!
  }

  override use (env: Record<string, string>): void {
    for (const node of this.nodes) node.use(env)
  }

  override async start (): Promise<string> {
    await Promise.all(this.nodes.map(node => this.startNode(node)))
    return await this.up()
  }

  async startNode (node: Node): Promise<void> {
    this.#listening.set(node, await node.start())
  }

  /** Takes a node away: `kill -9`, or in good order; its exit code. */
  async endNode (node: Node, how: 'kill' | 'stop'): Promise<number | null | undefined> {
    this.#listening.delete(node)
    return await node[how]() as number | null | undefined
  }

  /** As a balancer that knows which nodes are well: a node that is left out gets nobody new. */
  leaveOut (node: Node): () => void {
    const base = this.#listening.get(node)!
    this.#listening.delete(node)
    return () => { this.#listening.set(node, base) }
  }

  override async dispose (): Promise<void> {
    await Promise.all(this.nodes.map(node => node.dispose()))
    await super.dispose()
  }
}
