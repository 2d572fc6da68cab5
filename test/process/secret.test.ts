import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { ConfigError, loadConfig } from '../../src/config.ts'
import { loadPushKey, loadSecret } from '../../src/process/secret.ts'
import { folder } from '../folder.ts'

test('a key that cannot be read says where it is', async t => {
  const home = folder(t)
  const config = loadConfig({ DATABASE_URL: `sqlite:${join(home, 'belfry.db')}` })
  for (const [name, load] of [['push.key', loadPushKey], ['jwt.secret', loadSecret]] as const) {
    mkdirSync(join(home, name))
    t.throws(() => load(config), new ConfigError(`${join(home, name)} cannot be read: EISDIR: illegal operation on a directory, read`))
  }
})
