import process from 'node:process'
import { start } from '../../../src/start.ts'

/** The server, which is more patient from one SIGUSR2 to the next: who is being closed has a minute to read why. */

/** How long that is otherwise. */
const CLOSE_TIMEOUT_MS = 2_000
const PATIENCE_MS = 60_000

const { setTimeout: after } = globalThis
let isPatient = false
process.on('SIGUSR2', () => { isPatient = !isPatient })
const patiently = (fn: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => after(fn, isPatient && ms === CLOSE_TIMEOUT_MS ? PATIENCE_MS : ms, ...args)
globalThis.setTimeout = Object.assign(patiently, after)

await start()
