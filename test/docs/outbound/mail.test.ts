import { test } from 'tap'
import { loadConfig, warningsOf } from '../../../src/config.ts'
import { build, call, clock, people } from '../../helper.ts'
import { Mailbox } from '../../outbound/mail/mailbox.ts'
import { blocksOf } from '../client/blocks.ts'

const blocks = blocksOf('docs/mail.md')

test('what the page says to set and to send makes the mail that it shows', async t => {
  const time = clock(t)
  const env = Object.fromEntries([...blocks[0]!.text.matchAll(/^(\w+)='?(.*?)'?$/gm)].map(([, name, value]) => [name!, value!]))
  t.same(Object.keys(env), ['SMTP_URL', 'MAIL_FROM', 'PUBLIC_URL'])
  t.same(warningsOf(env, loadConfig(env)), [])
  const box = await Mailbox.open(t)
  const app = await build(t, { ...env, SMTP_URL: `smtp://127.0.0.1:${box.port}` })
  const calls = blocks.filter(({ text }) => text.startsWith('curl')).map(({ text }) => ({ url: /localhost:8000(\S+)/.exec(text)![1]!, body: JSON.parse(/-d '(.*)'/.exec(text)![1]!) as object }))
  t.equal(calls.length, 2)
  for (const { url, body } of calls) t.match((await call(app, people.root, 'POST', url, body)).status, /^20[01]$/, url)
  time.forward(901_000)
  await app.mail!.reader.run()
  await app.mail!.sender.run()
  const [{ text, to }] = await box.received(1) as [typeof box.mails[0] & object]
  const shown = blocks.find(({ language }) => language === 'text')!.text
  t.equal(text!.replace(/token=\S+/, 'token=…').replace(/\d+ \w+ \d{4} at \d\d:\d\d/, '31 January 2026 at 12:00').trimEnd(), shown.trimEnd())
  t.match(to, [{ name: 'Ada Lovelace', address: 'ada@example.com' }])
})
