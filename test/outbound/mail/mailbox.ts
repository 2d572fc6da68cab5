import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { Test } from 'tap'
import { until } from '../../within.ts'

export interface Mail extends Email { raw: string, envelope: { from: string, to: string[] } }

/** What the server says to a recipient, and to a mail: a reply code, or nothing to take it. */
export interface Answers {
  recipient: (address: string) => number | undefined
  /** Awaited before the mail is answered. `hangUp` ends its connection without an answer. */
  /** With which words it refuses. */
  words?: string
  data: (mail: Mail, hangUp: () => void) => number | undefined | Promise<number | undefined>
}

/** A real SMTP server, and what came to it. */
export class Mailbox {
  /** Those that it took. */
  readonly mails: Mail[] = []
  /** Those that it read to the end, whatever it said then. */
  readonly seen: Mail[] = []
  readonly answers: Answers = { recipient: () => undefined, data: () => undefined }
  readonly port: number
  /** Ends a connection, or all of them. */
  readonly hangUp: (id?: string) => void

  private constructor (port: number, hangUp: Mailbox['hangUp']) {
    this.port = port
    this.hangUp = hangUp
  }

  static async open (t: Test, options: SMTPServerOptions = { disabledCommands: ['STARTTLS', 'AUTH'] }, port = 0): Promise<Mailbox> {
    const server = new SMTPServer({
      logger: false,
      authOptional: true,
      onRcptTo ({ address }, _session, done) { done(refusal(box.answers.recipient(address), box.answers.words)) },
      onData (stream, { envelope, id }, done) {
        const parts: Buffer[] = []
        stream.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
          const raw = Buffer.concat(parts)
          const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
          PostalMime.parse(raw).then(async email => {
            const mail = { ...email, raw: raw.toString(), envelope: { from, to: envelope.rcptTo.map(({ address }) => address) } }
            box.seen.push(mail)
            const error = refusal(await box.answers.data(mail, () => box.hangUp(id)), box.answers.words)
            if (!error) box.mails.push(mail)
            done(error)
          }).catch(done)
        })
      },
      ...options
    })
    server.on('error', () => {})
    server.listen(port, '127.0.0.1')
    await once(server.server, 'listening')
    const hangUp = (id?: string) => { for (const connection of [...server.connections]) if (id === undefined || connection.id === id) connection._socket.destroy() }
    const box = new Mailbox((server.server.address() as AddressInfo).port, hangUp)
    t.teardown(async () => {
      for (const connection of server.connections) connection.close()
      await new Promise<void>(resolve => { server.close(() => resolve()) })
    })
    return box
  }

  /** The settings with which a server sends here. */
  get env (): Record<string, string> {
    return { SMTP_URL: `smtp://127.0.0.1:${this.port}`, MAIL_FROM: 'Belfry <belfry@mail.example>', PUBLIC_URL: 'https://belfry.example/notify' }
  }

  /** Waits until it has read so many to the end. */
  async read (count: number): Promise<void> {
    await until(`${count} mails to be read`, () => this.seen.length >= count)
  }

  /** Waits until it took so many. */
  async received (count: number): Promise<Mail[]> {
    await until(`${count} mails, ${this.mails.length} so far`, () => this.mails.length >= count)
    return this.mails
  }
}

function refusal (code: number | undefined, words = code !== undefined && code < 500 ? 'Try again later' : 'No such mailbox'): Error | null {
  return code === undefined ? null : Object.assign(new Error(words), { responseCode: code })
}

/** A header as it was sent, unfolded. */
export function header (mail: Email, name: string): string | undefined {
  return mail.headers.find(({ key }) => key === name)?.value
}
