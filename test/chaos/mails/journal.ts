import type { MailKind } from '../../../src/store/contract/mail.ts'

/** Whom mail is sent to, of which topics alone and how, and what became of it. */
export interface MailLog {
  /** In the order in which they were set. */
  addresses: AddressLog[]
  topics: Record<string, MailKind>
  /** In the order of their arrival at the mail server. */
  letters: LetterLog[]
  /** Each time that the mail server refused an address for good, before it was given the mail. */
  refused: string[]
  /** What the event feed says of mails that failed for good. */
  failures: FailureLog[]
  /** How often the mail server cut all connections: the answer to a refused mail may have been lost with each. */
  cuts: number
}

export const noMail = (): MailLog => ({ addresses: [], topics: {}, letters: [], refused: [], failures: [], cuts: 0 })

/** An address of a user, which was set after one place in the log, and before the other. */
export interface AddressLog { address: string, user: string, after: string, until: string }

export interface LetterLog {
  to: string
  messageId: string
  kind: MailKind
  /** When it came, milliseconds since 1970. */
  at: number
  /** Which notifications it shows, in its order. */
  items: { id: string, title: string }[]
  /** How many more it says there are. */
  more: number
  /** Whether the mail server has it, and whether it said so. */
  isTaken: boolean
  isAnswered: boolean
  /** Whether the mail server refused it for good. */
  isBounced: boolean
}

export interface FailureLog { cursor: string, user: string, ids: string[] }
