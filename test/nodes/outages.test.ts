import { PassThrough } from 'node:stream'
import t from 'tap'
import { loggerOptions } from '../../src/process/logger.ts'
import { Lines } from '../e2e/process.ts'
import { build, call, hello, isProblem, people } from '../helper.ts'
import { postgres } from '../services/postgres.ts'
import { until } from '../within.ts'

const WARN = 40
const server = await postgres(t)
const instance = server?.instance

if (server && instance) {
  t.test('a PostgreSQL that goes and comes back is a few lines of the log, and a request that it fails is one', async t => {
    const stream = new PassThrough()
    const lines = new Lines(stream)
    // As often as a node looks that has no Redis either.
    const app = await build(t, { DATABASE_URL: await server.database(t) }, { logger: { ...loggerOptions('info'), stream }, beat: { ms: 20, withoutBusMs: 20 } })
    const send = () => call(app, people.root, 'POST', '/api/notifications/send', hello)
    t.equal((await send()).status, 200)
    await instance.stop()
    const FAILED = 3
    for (let request = 0; request < FAILED; request++) isProblem(t, await send(), 'BLF_STORE_UNAVAILABLE')
    await lines.match(/"reason":".*the store cannot be used/)
    const errors = () => app.metrics.registry.getSingleMetricAsString('belfry_store_errors_total')
    await until('the tail fails many times', async () => Number(/operation="events"\} (\d+)/.exec(await errors())?.[1] ?? 0) > 30)

    await instance.start()
    await lines.match(/the store can be used again/)
    await until('it sends again', async () => (await send()).status === 200)
    const said = lines.all.map(line => JSON.parse(line) as { level: number, msg: string, reason?: string, code?: string, err?: object })
    const away = said.filter(({ msg }) => msg.startsWith('the store cannot be used'))
    t.ok(away.length >= 1 && away.length <= 5, `${away.length} lines`)
    t.ok(away.every(({ level, reason }) => level === WARN && reason !== ''), 'each with its reason')
    t.equal(said.filter(({ msg }) => msg === 'the store can be used again').length, 1)
    t.same(said.filter(({ err, level }) => err !== undefined || level > WARN), [], 'no stack')
    t.ok(said.filter(({ code }) => code === 'BLF_STORE_UNAVAILABLE').every(({ msg }) => msg === 'request'))
  })
}
