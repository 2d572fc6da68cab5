/** Whom mail is sent to, by address, of which topics alone, and each mail, in the order of their arrival at the mail server. */
export interface MailLog { addresses: Record<string, string>, topics: string[], letters: LetterLog[] }

export interface LetterLog {
  to: string
  messageId: string
  /** Which notifications it shows, in its order. */
  items: { id: string, title: string }[]
  /** How many more it says there are. */
  more: number
  /** Whether the mail server has it, and whether it said so. */
  isTaken: boolean
  isAnswered: boolean
}
