import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'tap'
import { newFolder, PROJECT, run, serve } from '../process.ts'

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

/** A command of ours under a umask; `sh` is replaced by it. */
const under = (umask: string, ...args: string[]) => ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh', process.execPath, ...args]

for (const umask of ['000', '022', '777']) {
  test(`under umask ${umask} nobody but the owner sees what a server keeps, or a copy of it`, async t => {
    const folder = await newFolder(t)
    const env = { ADMIN_PASSWORD: 'admin-password', DATABASE_URL: 'sqlite:./var/data/belfry.db', VAPID_SUBJECT: 'https://example.com' }
    await serve(t, { folder, env, command: under(umask, join(PROJECT, 'src/server.ts')) })
    const data = join(folder, 'var/data')
    t.equal(await modeOf(join(folder, 'var')), '700')
    t.equal(await modeOf(data), '700')
    const files = await readdir(data)
    t.ok(files.includes('belfry.db') && files.includes('jwt.secret') && files.includes('push.key'))
    for (const file of files) t.equal(await modeOf(join(data, file)), '600', file)

    const saved = await run(t, { folder, env, command: under(umask, join(PROJECT, 'src/cli.ts'), 'backup', 'saved.db') })
    t.match(saved, { code: 0 })
    t.equal(await modeOf(join(folder, 'saved.db')), '600')
    const restored = await run(t, { folder, env: { DATABASE_URL: 'sqlite:./other/belfry.db' }, command: under(umask, join(PROJECT, 'src/cli.ts'), 'restore', 'saved.db') })
    t.match(restored, { code: 0 })
    t.equal(await modeOf(join(folder, 'other')), '700')
    t.equal(await modeOf(join(folder, 'other/belfry.db')), '600')
  })
}
