import { join } from 'node:path'
import { test } from 'tap'
import { smallDisk } from '../services/small-disk.ts'
import { run } from './process.ts'

test('a first start on a full disk says so in one line and ends', async t => {
  const disk = smallDisk(t, 256)
  if (!disk) return
  // As far as it gets: not to a file, to the lock's, into the making of the log, to the first user.
  for (const left of [0, 8, 24, 48, 72]) {
    disk.fill(left * 1024)
    const { code, err } = await run(t, { folder: disk.path, env: { DATABASE_URL: `sqlite:${join(disk.path, `left-${left}`, 'belfry.db')}` } })
    t.equal(code, 1, `${left} KiB left`)
    t.equal(err.length, 1, err.join(' | '))
    t.match(err[0], /^belfry: .*(the disk is full|no space left|no room left)/)
    disk.clear()
  }
})
