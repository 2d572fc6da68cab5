import type { Store } from '../../../src/store/store.ts'

/** Does not mail, mails twice, what was read, and what is another's: by the topic of a notification. */
export function breakMails (store: Store): void {
  const { notify, mailedOf, settleMails, inbox } = store
  const places = new Map<string, Set<number>>(['unmailed', 'remailed'].map(topic => [topic, new Set()]))
  const of = (topic: string) => places.get(topic)!
  store.notify = async draft => {
    const done = await notify(draft)
    places.get(draft.topic ?? '')?.add(done.seq)
    return done
  }
  store.mailedOf = async (userId, seqs) => [...await mailedOf(userId, seqs), ...seqs.filter(seq => of('unmailed').has(seq))]
  store.settleMails = async (owner, outcomes) => {
    await settleMails(owner, outcomes.map(outcome => {
      const { mailed } = outcome
      const again = mailed?.seqs.find(seq => of('remailed').delete(seq))
      return again === undefined ? outcome : { ...outcome, through: again - 1, dueIn: 0, mailed: { state: mailed!.state, seqs: mailed!.seqs.filter(seq => seq !== again) } }
    }))
  }
  // What is unread is asked for by what writes mails alone.
  store.inbox = async (userId, query) => {
    const { unread, ...rest } = query
    if (!unread) return await inbox(userId, query)
    const topicOf = (body: string) => (JSON.parse(body) as { data?: { topic?: string } }).data?.topic
    const own = await inbox(userId, rest)
    const { entries } = userId === 'erin' ? await inbox('company_b.one', { limit: 100 }) : { entries: [] }
    const others = entries.filter(({ seq, body }) => topicOf(body) === 'strayed' && seq < query.before!)
    const seen = own.entries.filter(({ readAt, body }) => readAt === null || topicOf(body) === 'snooped')
    return { ...own, entries: [...seen, ...others].sort((one, other) => other.seq - one.seq) }
  }
}
