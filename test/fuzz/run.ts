import { randomInt } from 'node:crypto'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { SECRET } from '../helper.ts'
import type { Count } from './count.ts'
import { fuzzFrames } from './frames.ts'
import { fuzzRest } from './rest.ts'
import { calling } from './world.ts'

/** Sends what the document allows, whole and broken, and counts what came of it. */

const { values } = parseArgs({ options: { seed: { type: 'string' }, runs: { type: 'string', default: '600' }, only: { type: 'string' } } })
const options = { seed: Number(values.seed ?? randomInt(2 ** 31)), runs: Number(values.runs), only: values.only }
if (!Number.isSafeInteger(options.seed) || !Number.isSafeInteger(options.runs) || options.runs < 1) {
  console.error('fuzz: [--seed <n>] [--runs <n for each operation and verb>] [--only <operation or verb>]')
  process.exit(2)
}

const app = await buildApp(loadConfig({
  DATABASE_URL: 'sqlite::memory:', JWT_SECRET: SECRET, LOG_LEVEL: 'silent', DRAIN_SECONDS: '1', RATE_LIMIT: '0', LOGIN_RATE_LIMIT: '0'
}), { outbound: calling })
const base = await app.listen({ host: '127.0.0.1', port: 0 })
console.log(`seed ${options.seed}, ${options.runs} runs each`)

const faults: string[] = []
function show (counts: Record<string, Count>): { each: number, sent: number } {
  const rows = Object.entries(counts).map(([name, { accepted, refused, faults }]) => [name, { accepted, refused, faults: faults.length }] as const)
  console.table(Object.fromEntries(rows))
  for (const [name, count] of Object.entries(counts)) faults.push(...count.faults.map(fault => `${name}: ${fault}`))
  return { each: rows.length, sent: rows.reduce((sum, [, { accepted, refused }]) => sum + accepted + refused, 0) }
}

const rest = show(await fuzzRest(app, base, options))
const frames = show(await fuzzFrames(app, base, options))
await app.close()
for (const fault of faults) console.log(fault)
console.log(`operations: ${rest.each}, requests: ${rest.sent}, frames: ${frames.sent}, faults: ${faults.length}`)
process.exitCode = faults.length > 0 ? 1 : 0
