import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { guide } from '../../../src/docs/guide.ts'
import { streamDescription } from '../../../src/docs/stream.ts'
import { Client } from '../client.ts'
import { newFolder, PROJECT, Process, serve } from '../process.ts'

/** The commands in a text that talk to the server, logins apart. */
function callsIn (text: string): string[] {
  const blocks = [...text.matchAll(/```\w*\n([^]*?)```/g)].map(([, block]) => block!)
  return blocks.filter(block => block.startsWith('curl') && !/^curl -\w*N/.test(block) && !block.includes('/api/auth/login'))
}

/** The commands in a text that open a stream, and so do not end. */
const streamsIn = (text: string) => [...text.matchAll(/```\w*\n(curl -\w*N[^]*?)```/g)].map(([, block]) => block!)

const hasCurl = spawnSync('curl', ['--version']).status === 0

test('what the README, the guide and the documents say to paste works, in the order in which it stands', { skip: hasCurl ? false : 'curl is not installed' }, async t => {
  const { base } = await serve(t, { folder: await newFolder(t), env: { ADMIN_PASSWORD: 'for the first admin' } })
  const { token } = await Client.login(base, 'admin', 'for the first admin')
  const files = ['README.md', 'docs/preferences.md', 'docs/reports.md', 'docs/events.md', 'docs/webhooks.md', 'docs/mail.md'].map(name => [name, readFileSync(join(PROJECT, name), 'utf8')] as const)
  for (const [name, text] of [...files, ['guide', guide] as const]) {
    const calls = callsIn(text)
    t.ok(calls.length > 0, name)
    for (const call of calls) {
      const about = `${name}: ${call.slice(0, 200)}`
      const shell = new Process(t, { folder: PROJECT, env: { TOKEN: token! }, command: ['bash', '-c', call.replaceAll('http://localhost:8000', base).replaceAll('curl -s', "curl -s -w '\\n'")] })
      t.match(await shell.ended, { code: 0 }, about)
      const answers = (await shell.out.ended()).filter(Boolean).map(line => JSON.parse(line))
      t.ok(answers.length > 0, about)
      for (const answer of answers.flatMap(({ items = [], ...answer }) => [answer, ...items])) t.equal(answer.code, undefined, about)
    }
  }
})

test('the streams that they open show what is sent', { skip: hasCurl ? false : 'curl is not installed' }, async t => {
  const { base } = await serve(t, { folder: await newFolder(t), env: { ADMIN_PASSWORD: 'for the first admin' } })
  const { token } = await Client.login(base, 'admin', 'for the first admin')
  const commands = [readFileSync(join(PROJECT, 'README.md'), 'utf8'), streamDescription].map(streamsIn)
  t.same(commands.map(({ length }) => length), [1, 1])
  for (const command of commands.flat()) {
    const shell = new Process(t, { folder: PROJECT, env: { TOKEN: token! }, command: ['bash', '-c', `exec ${command.replaceAll('http://localhost:8000', base)}`] })
    await shell.out.match(/^event: welcome$/)
    const { status } = await fetch(`${base}/api/notifications/send`, {
      method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: '{"title":"Hello","message":"there","priority":"info","topic":"x"}'
    })
    t.equal(status, 200)
    await shell.out.match(/^event: notification$/)
    shell.child.kill()
  }
})
