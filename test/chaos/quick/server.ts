import { start } from '../../../src/start.ts'
import { hasten } from './hasten.ts'

/** The server, which reminds and retries sooner. */

await start({ prepare: async store => hasten(store) })
