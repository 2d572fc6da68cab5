import nodemailer from 'nodemailer'

/** A mail as it goes out; the same `messageId` at each attempt. */
export interface Letter {
  messageId: string
  /** `name` is what its reader is called, or empty. As an object: a text would be parsed as a list. */
  to: { name: string, address: string }
  subject: string
  text: string
  html: string
  /** Where one click, and one POST, unsubscribes (RFC 8058). */
  unsubscribe: string
}

/** What the server said. A bounce is its refusal, for good, of this address or this mail. */
export type SmtpAnswer = { is: 'sent' } | { is: 'bounced', error: string } | { is: 'deferred', error: string }

export interface SmtpOptions {
  /** `smtp://` (with STARTTLS where the server has it) or `smtps://`; user and password are percent-encoded. */
  url: string
  /** An address, or `Name <address>`. */
  from: string
}

/** How long a connection with its greeting, and then each answer, may take, milliseconds: some let everybody wait, so that those who won't give themselves away. */
const ANSWER_MS = 30_000
const LOOKUP_MS = 10_000
const MAX_CONNECTIONS = 5
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/
/** What of a server's answer is kept. */
const MAX_ERROR = 200

/** Sends mails by SMTP. */
export class Smtp {
  readonly #from: { name: string, address: string }
  readonly #transport

  constructor ({ url, from }: SmtpOptions) {
    const { protocol, hostname, port, username, password } = new URL(url)
    const secure = protocol === 'smtps:'
    const hasUser = username !== ''
    const isHere = LOOPBACK.test(hostname)
    this.#from = parseMailbox(from)
    this.#transport = nodemailer.createTransport({
      pool: true,
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (secure ? 465 : 587) : Number(port),
      secure,
      // A password is never sent where others can read it.
      requireTLS: !secure && hasUser && !isHere,
      // A mail server has a certificate of its own making when it is installed. Nobody is between it and a process beside it.
      tls: { rejectUnauthorized: !isHere },
      ...(hasUser ? { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } } : {}),
      maxConnections: MAX_CONNECTIONS,
      // Trying again is the reader's.
      maxRequeues: 0,
      connectionTimeout: ANSWER_MS,
      greetingTimeout: ANSWER_MS,
      dnsTimeout: LOOKUP_MS,
      socketTimeout: ANSWER_MS,
      disableFileAccess: true,
      disableUrlAccess: true
    })
  }

  /** The domain of the sender, for message ids. */
  get domain (): string {
    return this.#from.address.slice(this.#from.address.lastIndexOf('@') + 1)
  }

  /** Whether the server can be reached and takes the credentials; rejects with an Error whose message says why not. */
  async verify (): Promise<void> {
    try {
      await this.#transport.verify()
    } catch (error) {
      throw new Error(wordsOf(error as SmtpError))
    }
  }

  /** Sends one mail; rejects only once `signal` is aborted. */
  async send ({ messageId, to, subject, text, html, unsubscribe }: Letter, signal?: AbortSignal): Promise<SmtpAnswer> {
    try {
      await this.#transport.sendMail({
        messageId: `<${messageId}>`,
        from: this.#from,
        to,
        subject,
        text,
        html,
        headers: {
          'auto-submitted': 'auto-generated',
          'x-auto-response-suppress': 'All',
          'list-unsubscribe': { prepared: true, foldLines: false, value: `<${unsubscribe}>` },
          'list-unsubscribe-post': 'List-Unsubscribe=One-Click'
        },
        disableFileAccess: true,
        disableUrlAccess: true,
        ...(signal ? { signal } : {})
      })
      return { is: 'sent' }
    } catch (failure) {
      signal?.throwIfAborted()
      const error = failure as SmtpError
      return { is: isBounce(error) ? 'bounced' : 'deferred', error: wordsOf(error) }
    }
  }

  close (): void {
    this.#transport.close()
  }
}

interface SmtpError extends Error { code?: string, command?: string, responseCode?: number, response?: string, permanent?: boolean }

/** Answers about us, whatever they are given to: that we have to log in (RFC 4954 §6), or that nothing is passed on for us, in the words of the servers that there are. */
const LOGIN_CODES = [530, 534, 535, 538]
const ABOUT_US = /\brelay(ing)?( access)?( is)? (denied|prohibited|not (permitted|allowed))|\b(unable|not (permitted|allowed)) to relay|\bauthentication (is )?(required|needed)|\bmust authenticate|\bsmtp auth|list of allowed rcpthosts/i

/** Whether it was about the receiver or the mail. That the server does not take our credentials, or our sender, is for the operator to mend. */
function isBounce ({ permanent, command = '', responseCode = 0, response = '' }: SmtpError): boolean {
  return permanent === true && /^(RCPT TO|DATA|BDAT)/i.test(command) && !LOGIN_CODES.includes(responseCode) && !ABOUT_US.test(response)
}

function wordsOf ({ message, response, code, command }: SmtpError): string {
  const words = (command === 'STARTTLS' ? `no TLS: ${response ?? message}` : response ?? `${code === undefined ? '' : `${code}: `}${message}`).replaceAll(/\s+/g, ' ').trim()
  return words.length > MAX_ERROR ? `${words.slice(0, MAX_ERROR - 1)}…` : words
}

/** A name may stand in quotes. */
function parseMailbox (text: string): { name: string, address: string } {
  const [, name = '', address = text] = /^"?(.*?)"?\s*<([^<>]+)>$/.exec(text.trim()) ?? []
  return { name, address: address.trim() }
}
