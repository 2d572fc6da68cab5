import { within } from '../../within.ts'
import type { World } from '../world.ts'
import type { Cluster, Node } from './cluster.ts'

/** When a node is killed that does what is due: before its commit arrives, or before the answer to it does. */
const MOMENTS = ['before', 'after'] as const
/** Notifications of each kind. */
const EACH = 4
const DUE_MS = 1_000

/** Something falls due, and whichever node is doing it is killed in the middle of it: another one has to do it, once. */
export async function killHolders (world: World, cluster: Cluster): Promise<void> {
  const { random, readers } = world
  const by = Date.now() + 2 * DUE_MS
  const owed = Array.from({ length: EACH }, () => {
    const { audience, demand } = readers.owed()
    return world.compose({ audience, demand: { ...demand!, by, isReminded: true } })
  })
  const planned = Array.from({ length: EACH }, () => world.compose({ audience: { all: true }, sendIn: DUE_MS }))
  // Of a reminder's event, of what became of a plan, and of a call of a webhook.
  const written = ['"number":1', ',"sent",', ...world.hooks.isOn ? [',"delivered",'] : []]
  const dying = new Set<Node>()
  const killing = written.map(async text => {
    const node = await killer(cluster, text, random.pick(MOMENTS), dying)
    world.kills += 1
    await cluster.startNode(node)
    dying.delete(node)
  })
  await Promise.all([...owed, ...planned].map(publication => world.publish(publication)))
  await within(Promise.all(killing), 'the nodes that do what is due')
  for (const { toPostgres } of cluster.nodes) toPostgres.watch = () => 'pass'
}

/** Kills the node that first writes such a text, and that is not `dying` already; which one. */
async function killer (cluster: Cluster, text: string, moment: typeof MOMENTS[number], dying: Set<Node>): Promise<Node> {
  const { promise, resolve } = Promise.withResolvers<Node>()
  let isKilled = false
  for (const node of cluster.nodes) {
    const { watch } = node.toPostgres
    let isWriting = false
    node.toPostgres.watch = sent => {
      if (isKilled || dying.has(node)) return watch(sent)
      isWriting ||= sent.includes(text)
      if (!isWriting || (moment === 'after' && !sent.includes('COMMIT\0'))) return watch(sent)
      isKilled = true
      dying.add(node)
      cluster.endNode(node, 'kill').then(() => resolve(node), () => {})
      return moment === 'before' ? 'cut' : 'cut-answer'
    }
  }
  return await promise
}
