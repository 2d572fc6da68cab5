import { test } from 'tap'
import { Smtp } from '../../../src/outbound/mail/smtp.ts'
import { build, call, people } from '../../helper.ts'
import { Mailbox } from './mailbox.ts'

const letter = { messageId: 'one@mail.example', to: { name: '', address: 'bob@example.com' }, subject: 'Hello', text: 'there', html: '<p>there</p>', unsubscribe: 'https://belfry.example/u' }
const from = '"Belfry, Inc." <belfry@mail.example>'

test('what the server says of the recipient or the mail is a bounce, what it says of us is not', async t => {
  const refuse = (code: number) => Object.assign(new Error('no'), { responseCode: code })
  let sender: number | undefined
  const box = await Mailbox.open(t, {
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    allowInsecureAuth: true,
    onAuth ({ username, password }, _session, done) { if (username === 'b@x' && password === 'p:/1%') done(null, { user: username }); else done(refuse(535)) },
    onMailFrom (_address, _session, done) { done(sender === undefined ? null : refuse(sender)) }
  })
  const open = (credentials: string) => {
    const smtp = new Smtp({ url: `smtp://${credentials}127.0.0.1:${box.port}`, from })
    t.teardown(() => smtp.close())
    return smtp
  }
  const smtp = open('b%40x:p%3A%2F1%25@')
  await smtp.verify()
  t.same(await smtp.send(letter), { is: 'sent' })
  t.match(box.mails, [{ messageId: '<one@mail.example>', subject: 'Hello', from: { name: 'Belfry, Inc.', address: 'belfry@mail.example' } }])
  for (const [code, is] of [[450, 'deferred'], [550, 'bounced'], [553, 'bounced']] as const) {
    box.answers.recipient = () => code
    t.match(await smtp.send(letter), { is, error: new RegExp(`^${code} `) }, `RCPT ${code}`)
    box.answers.recipient = () => undefined
    box.answers.data = () => code
    t.match(await smtp.send(letter), { is, error: new RegExp(`^${code} `) }, `DATA ${code}`)
    box.answers.data = () => undefined
    sender = code
    t.match(await smtp.send(letter), { is: 'deferred' }, `MAIL ${code}`)
    sender = undefined
  }
  for (const [code, text] of [[530, '5.7.0 Authentication required'], [554, '5.7.1 <bob@example.com>: Relay access denied'], [550, 'relay not permitted'], [550, '5.7.1 Unable to relay'], [550, '5.7.1 Relaying denied'], [550, '5.7.1 Authentication required'], [550, 'Please turn on SMTP Authentication in your mail client'], [553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"]] as const) {
    box.answers.recipient = () => code
    box.answers.words = text
    t.match(await smtp.send(letter), { is: 'deferred', error: `${code} ${text}` }, 'that is about us')
  }
  for (const text of ['5.1.1 <bob@relay.example>: Recipient address rejected: User unknown in relay recipient table', '5.7.1 Message rejected as spam (relay=mx1)']) {
    box.answers.words = text
    t.match(await smtp.send(letter), { is: 'bounced' }, 'that is not')
  }
  box.answers.recipient = () => undefined
  t.same(await smtp.send(letter), { is: 'sent' }, 'and it goes on')
  const wrong = open('b%40x:wrong@')
  await t.rejects(wrong.verify(), /535/)
  t.match(await wrong.send(letter), { is: 'deferred', error: /535/ })
})

test('a password is not sent where others can read it', async t => {
  let passwords = 0
  const box = await Mailbox.open(t, { disabledCommands: ['STARTTLS'], allowInsecureAuth: true, onAuth (_auth, _session, done) { passwords++; done(null, { user: 'u' }) } })
  // The same machine, under an address that does not say so.
  const smtp = new Smtp({ url: `smtp://u:p@0.0.0.0:${box.port}`, from })
  t.teardown(() => smtp.close())
  t.match(await smtp.send(letter), { is: 'deferred', error: /^no TLS: 500 / })
  t.equal(passwords, 0)
})

test('the certificate of a server on the same machine may be of its own making, that of any other may not', async t => {
  let isSecure: boolean | undefined
  const box = await Mailbox.open(t, { disabledCommands: ['AUTH'], onMailFrom (_address, { secure }, done) { isSecure = secure; done() } })
  const open = (host: string) => {
    const smtp = new Smtp({ url: `smtp://${host}:${box.port}`, from })
    t.teardown(() => smtp.close())
    return smtp
  }
  t.same([await open('127.0.0.1').send(letter), isSecure], [{ is: 'sent' }, true])
  t.match(await open('0.0.0.0').send(letter), { is: 'deferred', error: /certificate/ })
  t.equal(box.mails.length, 1)
})

test('a server that says nothing is left when it takes too long, one that is not there says so', async t => {
  const box = await Mailbox.open(t)
  box.answers.data = () => Promise.withResolvers<undefined>().promise
  const smtp = new Smtp({ url: `smtp://127.0.0.1:${box.port}`, from })
  t.teardown(() => smtp.close())
  const leaving = new AbortController()
  const sending = smtp.send(letter, leaving.signal)
  sending.catch(() => {})
  await box.read(1)
  leaving.abort()
  await t.rejects(sending, { name: 'AbortError' })
  const nobody = new Smtp({ url: 'smtp://127.0.0.1:1', from })
  t.teardown(() => nobody.close())
  await t.rejects(nobody.verify(), /ECONNREFUSED/)
  t.match(await nobody.send(letter), { is: 'deferred', error: /ECONNREFUSED/ })
})

test('a server that cannot be used does not keep this one from starting', async t => {
  const lines: string[] = []
  const app = await build(t, { SMTP_URL: 'smtp://user:hush@127.0.0.1:1', MAIL_FROM: from, PUBLIC_URL: 'https://belfry.example' }, { logger: { level: 'info', stream: { write: line => { lines.push(line) } } } })
  t.equal((await call(app, people.root, 'GET', '/api/auth/me')).status, 200)
  await app.mail!.verified
  t.match(lines.filter(line => line.includes('SMTP')).map(line => JSON.parse(line)), [{ level: 50, reason: /ECONNREFUSED/, msg: /check SMTP_URL/ }])
  t.notMatch(lines.join(''), /hush/)
})
