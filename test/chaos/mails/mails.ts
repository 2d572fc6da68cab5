import { Mailbox, type Mail } from '../../outbound/mail/mailbox.ts'
import type { Random } from '../../random.ts'
import type { scope } from '../../services/scope.ts'
import { within } from '../../within.ts'
import type { Answer } from '../api.ts'
import type { Journal, Publication } from '../journal.ts'
import { members, type Member, type News, type Publish } from '../people.ts'
import type { Asking } from '../requests.ts'
import { Waiting } from '../waiting.ts'
import type { LetterLog } from './journal.ts'

/** Who gets mail, and of what alone, but for a test that wants more. */
const READERS = ['erin', 'company_a.two', 'company_b.one', 'company_b.guest']
export const MAILED = 'letters'
const addressOf = (user: string) => `${user}@example.com`
/** Of those who read something, none mutes anything, nor has a device that says what it has. */
const READING = members.filter(({ id }) => ['erin', 'company_b.one'].includes(id))
/** What becomes of mails: of each few one is not simply taken, in turn. */
const FATES = ['refused', 'dropped', 'unsaid', 'hung', 'away'] as const
const FAILS_EACH = 4
/** How long the mail server may hang before it breaks the connection, and be away, milliseconds. */
const HANGING_MS = 200
const AWAY_MS = 300
/** The newest ones, some of which are read or recalled. */
const RECENT = 5

/** Users whose mail server refuses, hangs up, hangs and comes back, until it is over. */
export class Mails {
  /** Whether there are any. */
  isOn = false
  /** Whether their mail server takes everything, at once. */
  isCalm = false
  /** Of what they are mailed. */
  topics = [MAILED]
  readonly #random: Random
  readonly #journal: Journal
  readonly #ask: (asking: Asking) => Promise<Answer>
  readonly #recall: (id: string) => Promise<void>
  readonly #t: ReturnType<typeof scope>['t']
  readonly #waiting = new Waiting()
  #box: Mailbox | undefined
  #count = 0
  #awayUntil = 0
  #isOver = false

  constructor (random: Random, journal: Journal, world: { ask: (asking: Asking) => Promise<Answer>, recall: (id: string) => Promise<void> }, t: ReturnType<typeof scope>['t']) {
    this.#random = random
    this.#journal = journal
    this.#ask = async asking => await world.ask(asking)
    this.#recall = async id => { await world.recall(id) }
    this.#t = t
  }

  /** Opens the mail server; what a server has to be told of it. */
  async open (): Promise<Record<string, string>> {
    if (!this.isOn) return {}
    const away = Object.assign(new Error('Come back later'), { responseCode: 421 })
    const box = this.#box = await Mailbox.open(this.#t, { disabledCommands: ['STARTTLS', 'AUTH'], onConnect: (_session, done) => { done(performance.now() < this.#awayUntil ? away : null) } })
    box.answers.data = async (mail, hangUp) => await this.#take(mail, hangUp)
    return { SMTP_URL: `smtp://127.0.0.1:${box.port}`, MAIL_FROM: 'belfry@example.org', MAIL_AFTER: '1' }
  }

  async begin (): Promise<void> {
    if (!this.isOn) return
    this.#journal.mail.topics = this.topics
    const topics = Object.fromEntries(this.topics.map(topic => [topic, { mail: 'on' }]))
    for (const member of members.filter(({ id }) => READERS.includes(id))) {
      const { id } = member
      this.#journal.mail.addresses[addressOf(id)] = id
      const answers = [
        await this.#ask({ method: 'PATCH', path: '/api/preferences/me', member, body: { channels: { mail: 'off' }, topics } }),
        await this.#ask({ method: 'PATCH', path: `/api/users/${id}`, body: { email: addressOf(id) } })
      ]
      for (const { status } of answers) if (status !== 200) throw new Error(`${id} cannot be mailed: ${status}`)
    }
  }

  /** Now and then something that is mailed, too; else what `other` has. */
  news (other: () => News): News {
    if (!this.isOn || !this.#random.oneIn(12)) return other()
    return { audience: this.#random.pick([{ all: true }, { companies: ['company_b'] }, { groups: ['project', 'issue'] }, { users: ['erin', 'company_a.two'] }]), topic: MAILED }
  }

  /** Now and then somebody reads one of the newest, or it is recalled. */
  async act (): Promise<void> {
    if (!this.isOn || !this.#random.oneIn(20)) return
    const sent = [...this.#journal.publications.values()].filter(({ topic, outcomes }) => topic === MAILED && outcomes.at(-1)?.status === 'accepted').slice(-RECENT)
    if (sent.length === 0) return
    const publication = this.#random.pick(sent)
    if (this.#random.oneIn(4)) await this.recall(publication)
    else await this.read(publication)
  }

  async read ({ id }: Publication, member: Member = this.#random.pick(READING)): Promise<void> {
    const { status } = await this.#ask({ method: 'PUT', path: `/api/notifications/${id}/read`, member })
    const at = Date.now()
    this.#journal.reads.push({ user: member.id, id, status, at, until: await this.#head() })
  }

  async recall ({ id }: Publication): Promise<void> {
    await this.#recall(id)
    const until = await this.#head()
    this.#journal.recalls.findLast(recall => recall.id === id)!.until = until
  }

  /** Waits until everybody has been mailed everything; who never was, is for the checker to tell. */
  async settled (publish: Publish): Promise<void> {
    this.#isOver = true
    if (!this.isOn) return
    const { id } = await publish({ audience: { all: true }, topic: MAILED })
    const { addresses, letters } = this.#journal.mail
    const has = (to: string) => letters.some(letter => letter.to === to && letter.isTaken && letter.items.some(item => item.id === id))
    await within(this.#waiting.until(() => Object.keys(addresses).every(has)), 'the last mail').catch(() => {})
  }

  async #head (): Promise<string> {
    return (await this.#ask({ method: 'GET', path: '/api/notifications/me/unread-count' })).body.cursor
  }

  /** Takes most of them. */
  async #take (mail: Mail, hangUp: () => void): Promise<number | undefined> {
    const letter = toLog(mail)
    this.#journal.mail.letters.push(letter)
    const count = this.#count++
    const isFaulty = !this.isCalm && !this.#isOver && count % FAILS_EACH === 1
    const fate = isFaulty ? FATES[Math.floor(count / FAILS_EACH) % FATES.length] : undefined
    if (fate === 'refused') return 451
    letter.isTaken = fate === undefined || fate === 'unsaid'
    letter.isAnswered = fate === undefined
    this.#waiting.wake()
    if (fate === undefined) return undefined
    if (fate === 'away') {
      this.#awayUntil = performance.now() + AWAY_MS
      this.#box!.hangUp()
    } else if (fate === 'hung') setTimeout(hangUp, HANGING_MS).unref()
    else hangUp()
    // It gets no answer.
    return await new Promise<undefined>(() => {})
  }
}

function toLog ({ envelope: { to }, messageId, html = '', text = '' }: Mail): LetterLog {
  const titles = [...html.matchAll(/<h2[^>]*>(?:<a[^>]*>)?([^<]*)/g)].map(([, title]) => title!)
  const more = /^One more is not|^(\d+) more are not/m.exec(text)
  return { to: to.join(), messageId: messageId!, items: titles.map(title => ({ id: title.split(' ', 1)[0]!, title })), more: more ? Number(more[1] ?? 1) : 0, isTaken: false, isAnswered: false }
}
