import { PUSHING, QUICK } from '../quick/quick.ts'
import type { ServerOptions } from '../server.ts'
import type { World } from '../world.ts'
import { attach } from './attach.ts'
import { cuts } from './cuts.ts'
import { devices } from './devices.ts'
import { drain } from './drain.ts'
import { kill } from './kill.ts'
import { pages } from './pages.ts'
import { sameId } from './same-id.ts'
import { slow } from './slow.ts'

export interface Scenario<O = never> {
  title: string
  run: (world: World, options?: O) => Promise<void>
  server?: ServerOptions
}

const scenario = <O>(title: string, run: Scenario<O>['run'], server: ServerOptions = {}): Scenario<O> => ({ title, run, server })

export const scenarios = {
  kill: scenario('kill -9 under 50 publishers', kill, PUSHING),
  cuts: scenario('sockets and requests cut', cuts, QUICK),
  attach: scenario('subscribing while it flows', attach),
  devices: scenario('three devices of one user', devices),
  drain: scenario('SIGTERM under load', drain),
  slow: scenario('readers that stall', slow, { env: { MAX_SOCKET_BUFFER: '65536' }, entry: ['test/chaos/scenarios/patient.ts'] }),
  'same-id': scenario('one id, many times', sameId),
  pages: scenario('tabs of Chromium behind nginx', pages, { env: { TRUST_PROXY: '127.0.0.1' } })
}

export type ScenarioName = keyof typeof scenarios
