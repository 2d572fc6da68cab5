import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'tap'
import { newFolder, PROJECT, serve } from '../process.ts'

const readme = readFileSync(join(PROJECT, 'README.md'), 'utf8')
const [, script = ''] = /```bash\n(PASSWORD=[^]*?)```/.exec(readme)!
const run = promisify(execFile)

test('the login of the README gives a token, and says so when it does not', async t => {
  const { base } = await serve(t, { folder: await newFolder(t), env: { ADMIN_PASSWORD: 'for the first admin' } })
  const login = async (password: string) => {
    const pasted = script.replace('http://localhost:8000', base).replace('the password of the first start', password)
    return (await run('bash', ['-c', `${pasted}\necho "token=$TOKEN"`])).stdout.trim().split('\n')
  }
  t.match(await login('for the first admin'), [/^token=ey\S+$/])
  t.match(await login('another one'), [/^the login failed: /, /^token=$/])
})
