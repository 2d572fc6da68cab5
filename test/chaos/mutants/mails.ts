import process from 'node:process'
import { Smtp } from '../../../src/outbound/mail/smtp.ts'
import type { Store } from '../../../src/store/store.ts'

/** Topics of what is mailed although it was read. */
const READ = ['snooped', 'peeked']

/** Does not mail, mails twice, what was read, and what is another's; and where mail bounces, again and again, without a word: by the topic of a notification. */
export function breakMails (store: Store): void {
  const { notify, mailedOf, settleMails, inboxEntries } = store
  const places = new Map<string, Set<number>>(['unmailed', 'remailed', 'redigested', 'uncounted', 'untold'].map(topic => [topic, new Set()]))
  const of = (topic: string) => places.get(topic)!
  store.notify = async draft => {
    const done = await notify(draft)
    places.get(draft.topic ?? '')?.add(done.seq)
    return done
  }
  store.mailedOf = async (userId, seqs) => [...await mailedOf(userId, seqs), ...seqs.filter(seq => of('unmailed').has(seq))]
  store.settleMails = async (owner, outcomes) => {
    const isOf = (topic: string, seqs: number[] = []) => seqs.some(seq => of(topic).has(seq))
    // What it has sent it never writes down, and after a crash it knows it no more.
    if (outcomes.some(({ mailed }) => isOf('redigested', mailed?.seqs))) await new Promise(() => {})
    await settleMails(owner, outcomes.map(outcome => {
      const { mailed, hasBounced } = outcome
      if (hasBounced !== undefined && isOf('uncounted', mailed?.seqs)) return { ...outcome, hasBounced: false }
      if (mailed && isOf('untold', mailed.seqs)) return { ...outcome, mailed: { ...mailed, state: 'sent' as const } }
      const again = mailed?.seqs.find(seq => of('remailed').delete(seq))
      return again === undefined ? outcome : { ...outcome, through: again - 1, dueIn: 0, mailed: { state: mailed!.state, seqs: mailed!.seqs.filter(seq => seq !== again) } }
    }))
  }
  // What writes mails alone asks for a page without counts.
  store.inboxEntries = async (userId, { unread, ...rest }) => {
    const topicOf = (body: string) => (JSON.parse(body) as { data?: { topic?: string } }).data?.topic
    const own = await inboxEntries(userId, rest)
    const { entries } = userId === 'erin' ? await inboxEntries('company_b.one', { limit: 100 }) : { entries: [] }
    const others = entries.filter(({ seq, body }) => topicOf(body) === 'strayed' && seq < rest.before!)
    const seen = own.entries.filter(({ readAt, body }) => readAt === null || READ.includes(topicOf(body) ?? ''))
    return { ...own, entries: [...seen, ...others].sort((one, other) => other.seq - one.seq) }
  }
  // A mail of what was sent before is another one.
  const { send } = Smtp.prototype
  Smtp.prototype.send = async function (letter, signal) {
    return await send.call(this, letter.text.includes('mail about redigested') ? { ...letter, messageId: `${process.pid}.${letter.messageId}` } : letter, signal)
  }
}
