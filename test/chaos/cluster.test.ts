import t from 'tap'
import { servers } from './cluster/cluster.ts'
import { faults, type FaultName } from './cluster/faults.ts'
import { playCluster } from './cluster/play.ts'

const SEED = 6
const shared = await servers(t)

if (shared) {
  t.test('three nodes, and everything that may go wrong between them, once', async t => {
    // Nodes are killed while they do what is due.
    const names = (Object.keys(faults) as FaultName[]).filter(name => name !== 'node-killed')
    const { faults: found, messages, deliveries, evidence, complaints } = await playCluster(t, shared, {
      names, seconds: 1, seed: SEED, publishers: 6, pauseMs: 50, socketsEach: 3, isFull: false
    })
    t.same(found.slice(0, 10), [], [`${messages} messages, ${deliveries} deliveries: nothing lost, leaked or out of order`, ...evidence, ...complaints.slice(-10)].join('\n'))
    t.comment(`${messages} messages, ${deliveries} deliveries`)
    t.ok(messages > names.length * 50)
  })
}
