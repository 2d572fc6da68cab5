import { test } from 'tap'
import { problem } from '../../../src/errors.ts'
import { call, people } from '../../helper.ts'
import { header } from './mailbox.ts'
import { MINUTE, open } from './opened.ts'

const { root, alice, bob, carol } = people

test('what nobody reads is mailed, once; nothing else is', async t => {
  const { app, time, send, later, settled, titles, mailOf } = await open(t)
  await send([alice], { title: 'Early' })
  time.forward(10 * MINUTE)
  const first = await send('all')
  t.match(await mailOf(first, bob), [{ channel: 'mail', state: 'waiting', at: /Z$/ }])
  const inTime = await send()
  await call(app, bob, 'PUT', `/api/notifications/${inTime}/read`)
  const archived = await send()
  await call(app, bob, 'PUT', `/api/notifications/${archived}/archive`)
  const recalled = await send()
  await call(app, root, 'DELETE', `/api/broadcast/${recalled}`)
  await send([bob], { expires_at: new Date(Date.now() + 5 * MINUTE).toISOString() })
  const second = await send([bob], { topic: 'orders' })
  await call(app, carol, 'POST', '/api/notifications/read-all', {})
  time.forward(6 * MINUTE)
  await settled()
  t.same(titles(), ['alice@example.com | Title 2 | Early'], 'all that is unread, as soon as one of it is old enough')
  await later(10)
  t.same(titles().slice(1), ['bob@example.com | Title 7 | Title 2'], 'root has no address, carol has read it')
  t.match(await mailOf(first, bob), [{ channel: 'mail', state: 'sent', at: /Z$/ }])
  t.match(await mailOf(second, bob), [{ state: 'sent' }])
  t.match(await mailOf(inTime, bob), [{ state: 'not_needed', at: null }])
  t.match(await mailOf(first, carol), [{ state: 'not_needed' }])
  t.match(await mailOf(first, root), [{ state: 'no_address' }])
  t.same(await mailOf(second, alice), [], 'no recipient')
  await later()
  await send([alice])
  await later()
  t.same(titles().slice(2), ['alice@example.com | Title 8'])
  t.equal(app.metrics.countOf('belfry_mail_attempts_total', 'sent'), 3)
})

test('what is wanted is mailed, however much came after it that is not', async t => {
  const { app, send, later, titles, choose } = await open(t)
  t.equal((await choose(bob, { topics: { bulk: { mail: 'off' } } })).status, 200)
  await send([bob], { title: 'Wanted' })
  const items = Array.from({ length: 500 }, () => ({ title: 'Bulk', message: 'x', priority: 'info', topic: 'bulk', audience: { users: ['bob'] } }))
  for (let batch = 0; batch < 2; batch++) t.equal((await call(app, root, 'POST', '/api/notifications/batch', { items })).status, 200)
  await later()
  t.same(titles(), ['bob@example.com | Wanted'])
})

test('a mail says in both forms what was sent, loads nothing, and can be answered by one click', async t => {
  const { app, box, send, later } = await open(t)
  await send([bob], { title: 'A <b>bold</b> & "quoted"\u202e title', message: 'First line\nsecond <script>alert(1)</script>', priority: 'warning', url: '/orders/7?a=1&b="2"' })
  await send([bob], { title: 'Grüße 🔔', message: 'x'.repeat(2_000), url: 'https://elsewhere.example/' })
  const name = 'Bob "the" Grün, of <eve@example.com>'
  await call(app, root, 'PATCH', '/api/users/bob', { name })
  await later()
  const [mail] = await box.received(1)
  t.same(mail!.envelope, { from: 'belfry@mail.example', to: ['bob@example.com'] })
  t.match(mail, { from: { name: 'Belfry', address: 'belfry@mail.example' }, to: [{ name, address: 'bob@example.com' }], subject: 'Grüße 🔔, and 1 more', messageId: /^<[0-9a-f]{32}@mail\.example>$/ })
  t.equal(header(mail!, 'auto-submitted'), 'auto-generated')
  t.equal(header(mail!, 'list-unsubscribe-post'), 'List-Unsubscribe=One-Click')
  const link = /^<(https:\/\/belfry\.example\/notify\/mail\/unsubscribe\?token=[\w.-]+)>$/.exec(header(mail!, 'list-unsubscribe')!)?.[1]
  t.ok(link)
  t.match(mail!.raw.split('\r\n\r\n')[0], new RegExp(`\r\nList-Unsubscribe: <${link!.replace('?', '\\?')}>\r\n`), 'on one line')
  t.match(mail!.text, /^2 unread notifications\n/)
  t.match(mail!.text, 'A <b>bold</b> & "quoted"  title\nWarning, ')
  t.match(mail!.text, 'First line\nsecond <script>alert(1)</script>\n\nhttps://belfry.example/orders/7?a=1&b=%222%22')
  t.match(mail!.text, `${'x'.repeat(599)}…`)
  t.notMatch(mail!.text, 'x'.repeat(600))
  t.match(mail!.text, `Get no more mail about news: ${link}`)
  const html = mail!.html!
  t.match(html, 'A &lt;b&gt;bold&lt;/b&gt; &amp; &quot;quoted&quot;')
  t.match(html, 'First line<br>second &lt;script&gt;alert(1)&lt;/script&gt;')
  t.match(html, 'href="https://belfry.example/orders/7?a=1&amp;b=%222%22"')
  t.match(html, /<html lang="en" dir="ltr">/)
  t.notMatch(html, /<script|<img|<link|url\(|@import|src=/, 'nothing is loaded, nothing runs')
  t.match(html, 'href="https://belfry.example/notify/inbox"')
  t.same(app.mailLinks.verify(new URL(link!).searchParams.get('token')!)?.topics, ['news'])
})

test('a mail is of what its reader may see when it is sent, and goes where it is to go then', async t => {
  const { app, box, send, later, settled, titles, time } = await open(t)
  await send('all', { audience: { companies: ['company_a'] } })
  await send([bob, carol])
  box.answers.recipient = () => 451
  time.forward(16 * MINUTE)
  await settled()
  t.same(box.mails.length, 0)
  await app.store.changeUser('bob', { company: 'company_b', email: 'bob@example.org' })
  await app.store.removeUser('alice')
  await app.store.changeUser('carol', { email: null })
  box.answers.recipient = () => undefined
  await later()
  t.same(titles(), ['bob@example.org | Title 2'])
})

test('a mail that fails for now comes again as it was; one that is refused bounces', async t => {
  const { app, box, send, later, settled, titles, mailOf, time } = await open(t)
  await send()
  box.answers.data = () => 451
  time.forward(16 * MINUTE)
  await settled()
  const late = await send()
  box.answers.data = () => undefined
  await later(1)
  t.same(titles(), ['bob@example.com | Title 1'])
  t.equal(box.seen.length, 2)
  t.equal(new Set(box.seen.map(({ messageId }) => messageId)).size, 1)
  await later()
  t.same(titles().slice(1), ['bob@example.com | Title 2'])
  t.equal(new Set(box.seen.map(({ messageId }) => messageId)).size, 2)
  t.match(await mailOf(late, bob), [{ state: 'sent' }])
  box.answers.recipient = address => address.startsWith('bob') ? 550 : undefined
  const refused: string[] = []
  for (let count = 0; count < 4; count++) {
    refused.push(await send([bob, carol]))
    await later()
  }
  t.same(titles().slice(2), [3, 4, 5, 6].map(number => `carol@example.com | Title ${number}`))
  t.same(await Promise.all(refused.map(async id => (await mailOf(id, bob))[0].state)), ['failed', 'failed', 'failed', 'no_address'], 'three in a row')
  t.equal(app.metrics.countOf('belfry_mail_attempts_total', 'bounced'), 3)
  const { items } = (await call(app, root, 'GET', '/api/events?types=delivery.failed')).body
  t.match(items, refused.slice(0, 3).map(id => ({ type: 'delivery.failed', channel: 'mail', user_id: 'bob', notification_ids: [id], topic: 'news' })))
  t.equal(items.length, 3, 'what is tried again has not failed')
  t.equal(app.metrics.countOf('belfry_mail_attempts_total', 'pending'), 1)
})

test('a mail whose beginning or end was not written down comes again at once, and as itself; one that has nothing left to say leaves its number', async t => {
  const { app, box, send, settled, titles, time } = await open(t)
  const { store } = app
  const { beginMails, settleMails } = store
  const lost = problem('BLF_STORE_UNAVAILABLE')
  await send()
  time.forward(16 * MINUTE)
  store.beginMails = async (...args) => {
    await beginMails(...args)
    throw lost
  }
  await t.rejects(settled(), lost)
  store.beginMails = beginMails
  store.settleMails = async () => { throw lost }
  await t.rejects(settled(), lost)
  store.settleMails = settleMails
  await settled()
  const copies = titles()
  t.same([...new Set(copies)], ['bob@example.com | Title 1'])
  t.ok(copies.length > 1, 'nobody knew that it was taken')
  t.equal(new Set(box.mails.map(({ messageId }) => messageId)).size, 1)
  await send()
  box.answers.data = () => 451
  time.forward(16 * MINUTE)
  await settled()
  box.answers.data = () => undefined
  await call(app, bob, 'POST', '/api/notifications/read-all', {})
  await send()
  time.forward(16 * MINUTE)
  await settled()
  t.same(titles().slice(copies.length), ['bob@example.com | Title 3'])
  t.equal(new Set(box.seen.map(({ messageId }) => messageId)).size, 3, 'what may have come under the number of before is not taken for the same')
})

test('preferences, locks, quiet hours and urgency are heeded', async t => {
  const { app, send, later, titles, mailOf, choose } = await open(t)
  const hour = new Date(Date.now()).getUTCHours()
  const at = (hours: number) => `${String((hour + hours + 48) % 24).padStart(2, '0')}:00`
  await choose(bob, { quiet_hours: { timezone: 'UTC', days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: at(-1), to: at(4) } })
  await choose(carol, { topics: { news: { mail: 'off' } } })
  await call(app, root, 'PUT', '/api/topics/alarm', { locked: true })
  await send([bob, carol])
  await send([bob, carol], { urgency: 'high' })
  await send([bob, carol], { urgency: 'high', topic: 'alarm' })
  const quiet = await send([bob, carol], { topic: 'alarm' })
  await later()
  t.same(titles().sort(), ['bob@example.com | Title 3', 'carol@example.com | Title 4 | Title 3'])
  t.match(await mailOf(quiet, bob), [{ state: 'quiet', at: /T\d\d:00:00.000Z$/ }])
  t.match(await mailOf('n-1', carol), [{ state: 'off', at: null }])
  await later(4 * 60)
  t.same(titles().slice(2), ['bob@example.com | Title 4 | Title 2 | Title 1'], 'one summary')
  await later(24 * 60)
  t.same(titles().length, 3)
})

test('what is for the day\'s mail is collected until then, by the reader\'s clock', async t => {
  const { box, send, later, settled, titles, mailOf, choose, time } = await open(t)
  const now = new Date(Date.now() + 2 * 3_600_000)
  await choose(bob, {
    channels: { mail: 'digest' },
    quiet_hours: { timezone: 'Asia/Kolkata', days: ['mon'], from: '00:00', to: '00:01' },
    digest_at: new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Kolkata', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(now),
    topics: { orders: { mail: 'on' } }
  })
  const first = await send()
  await send([bob], { topic: 'orders' })
  await later()
  t.same(titles(), ['bob@example.com | Title 2'])
  t.match(await mailOf(first, bob), [{ state: 'digest', at: now.toISOString().slice(0, 16) + ':00.000Z' }])
  await send()
  await later(50)
  t.same(titles().length, 1)
  await later(60)
  t.same(titles().slice(1), ['bob@example.com | Title 3 | Title 1'])
  t.match(box.mails[1], { subject: 'Your daily summary: 2 unread notifications', text: /Asia\/Kolkata/ })
  await later(24 * 60)
  t.same(titles().length, 2, 'nothing new, no mail')
  await send()
  await later(30)
  await choose(bob, { channels: null })
  time.forward(24 * 60 * MINUTE)
  await settled()
  t.same(titles().slice(2), ['bob@example.com | Title 4'], 'what was collected is mailed, whatever is chosen meanwhile')
})
