import type { Random } from '../../random.ts'
import { members } from '../people.ts'
import { World } from '../world.ts'
import type { Cluster } from './cluster.ts'

/** A world of several nodes. */
export class ClusterWorld extends World {
  readonly cluster: Cluster

  constructor (random: Random, cluster: Cluster, socketsEach: number) {
    super(random, cluster)
    this.cluster = cluster
    // Whenever the store is away, what was done cannot be written down.
    this.journal.mayRepeat = Infinity
    this.#socketsEach = socketsEach
  }

  readonly #socketsEach: number

  /** Starts the nodes, lets everybody meet them, and opens sockets and streams at all of them. */
  override async begin (): Promise<void> {
    await super.begin()
    for (const member of members) {
      const base = await this.inbox(member)
      for (let count = 0; count < this.#socketsEach; count++) this.subscribe({ name: `${member.id}/${count}`, member, base, isDevice: this.readers.isOn && !this.pushes.isFor(member), transport: count % 3 === 2 ? 'sse' : 'websocket' })
      await this.follow({ name: `${member.id}/client`, member })
    }
    await Promise.all(this.subscribers.map(subscriber => subscriber.welcomed()))
  }

  /** What happens to the sockets while something else does: how many of them ended. */
  async endedDuring (work: () => Promise<void>): Promise<number> {
    const before = this.subscribers.map(({ connection }) => connection)
    await work()
    return before.filter(connection => connection?.closed !== undefined).length
  }
}
