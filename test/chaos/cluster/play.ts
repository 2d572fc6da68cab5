import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { random } from '../../random.ts'
import { crowd } from '../scenarios/crowd.ts'
import { judge, type Plays, type Result } from '../play.ts'
import { Cluster, servers, type Servers } from './cluster.ts'
import { faults, seconds, type FaultName } from './faults.ts'
import { ClusterWorld } from './world.ts'

export interface ClusterRun {
  names: FaultName[]
  /** How long each fault lasts. */
  seconds: number
  seed: number
  nodes?: number
  publishers?: number
  /** How long each of them pauses between two of its publications, milliseconds. */
  pauseMs?: number
  /** Of each member, over all nodes. */
  socketsEach?: number
  /** Whether readers mute and acknowledge, webhooks are called, browsers pushed to, and mails sent. */
  isFull?: boolean
}

/** Lets faults happen to a cluster, one after the other under load, and judges what everybody saw. */
export async function playCluster (t: Test, servers: Servers, { names, seconds, seed, nodes = 3, publishers = 12, pauseMs = 0, socketsEach = 6, isFull = true }: ClusterRun): Promise<Result> {
  const world = new ClusterWorld(random(seed), await Cluster.prepare(t, servers, nodes), socketsEach)
  try {
    world.readers.isOn = world.hooks.isOn = world.pushes.isOn = world.mails.isOn = isFull
    await world.begin()
    let isOver = false
    const publishing = crowd(publishers, () => isOver, async () => {
      await world.send()
      await pause(pauseMs)
    })
    // Who fails first fails the run; the others must not go on for ever.
    const disturbing = (async () => {
      try {
        for (const name of names) {
          await world.accepted(50)
          await faults[name](world, seconds).catch((error: Error) => { throw new Error(`${name}: ${error.message}`) })
        }
        await world.accepted(50)
      } finally {
        isOver = true
      }
    })()
    await Promise.all([disturbing, publishing])
    await world.settle()
  } finally {
    await world.dispose()
  }
  return {
    ...judge(world.journal),
    kills: world.kills,
    cuts: world.subscribers.reduce((sum, { cuts }) => sum + cuts, world.cuts),
    complaints: world.cluster.nodes.flatMap(({ complaints }) => complaints)
  }
}

/** Each fault by itself, and all of them in one run, on servers that end with the test. */
export async function clusterPlays (t: Test): Promise<Plays> {
  const shared = await servers(t)
  const names = Object.keys(faults) as FaultName[]
  return Object.fromEntries(names.map(name => [name, {
    title: `${seconds[name]} s`,
    play: (seed: number) => playCluster(t, shared!, { names: [name], seconds: seconds[name], seed, socketsEach: name === 'node-killed' ? 200 : 12 })
  }]))
}
