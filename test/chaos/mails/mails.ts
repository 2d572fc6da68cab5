import { Mailbox, type Mail } from '../../outbound/mail/mailbox.ts'
import type { Random } from '../../random.ts'
import type { scope } from '../../services/scope.ts'
import { within } from '../../within.ts'
import type { Answer } from '../api.ts'
import type { Journal, Publication } from '../journal.ts'
import { members, type Member, type News, type Publish } from '../people.ts'
import { MAIL_AFTER_MS } from '../quick/quick.ts'
import type { Asking } from '../requests.ts'
import { Waiting } from '../waiting.ts'
import { Bouncer, BOUNCER } from './bouncer.ts'
import type { LetterLog, MailLog } from './journal.ts'

/** Who gets mail, and of what alone, at once and by digest, but for a test that wants more. */
const READERS = ['erin', 'company_a.two', 'company_b.one', 'company_b.guest']
export const MAILED = 'letters'
export const DIGESTED = 'summaries'
/** The time of the day, if days were not so short. */
const DIGEST_AT = '06:30'
const addressOf = (user: string) => `${user}@example.com`
/** Of those who read something, none mutes anything, nor has a device that says what it has. */
const READING = members.filter(({ id }) => ['erin', 'company_b.one'].includes(id))
/** Who mutes what digests are of, and lifts it again: somebody whose browsers are not pushed to. */
const MUTING = members.find(({ id }) => id === 'company_a.two')!
/** What becomes of mails: of each few one is not simply taken, in turn; never of the same user again and again. */
const FATES = ['refused', 'dropped', 'unsaid', 'hung', 'away'] as const
const FAILS_EACH = 5
/** How long the mail server may hang before it breaks the connection, and be away, milliseconds. */
const HANGING_MS = 200
const AWAY_MS = 300
/** The newest ones, some of which are read or recalled. */
const RECENT = 5

/** Users whose mail server refuses, hangs up, hangs and comes back, until it is over; and one whose addresses refuse mail for good. */
export class Mails {
  /** Whether there are any. */
  isOn = false
  /** Whether their mail server takes everything, at once. */
  isCalm = false
  /** Of what they are mailed. */
  topics: MailLog['topics'] = { [MAILED]: 'now', [DIGESTED]: 'digest' }
  readonly bouncer: Bouncer
  readonly #random: Random
  readonly #journal: Journal
  readonly #ask: (asking: Asking) => Promise<Answer>
  readonly #recall: (id: string) => Promise<void>
  readonly #t: ReturnType<typeof scope>['t']
  readonly #waiting = new Waiting()
  #box: Mailbox | undefined
  #count = 0
  #isMuted = false
  #isMuting = false
  #awayUntil = 0
  #isOver = false

  constructor (random: Random, journal: Journal, world: { ask: (asking: Asking) => Promise<Answer>, recall: (id: string) => Promise<void> }, t: ReturnType<typeof scope>['t']) {
    this.#random = random
    this.#journal = journal
    this.#ask = async asking => await world.ask(asking)
    this.#recall = async id => { await world.recall(id) }
    this.#t = t
    this.bouncer = new Bouncer(journal, this.#ask)
  }

  /** Opens the mail server; what a server has to be told of it. */
  async open (): Promise<Record<string, string>> {
    if (!this.isOn) return {}
    const away = Object.assign(new Error('Come back later'), { responseCode: 421 })
    const box = this.#box = await Mailbox.open(this.#t, { disabledCommands: ['STARTTLS', 'AUTH'], onConnect: (_session, done) => { done(performance.now() < this.#awayUntil ? away : null) } })
    box.answers.recipient = address => this.#refuse(address)
    box.answers.data = async (mail, hangUp) => await this.#take(mail, hangUp)
    return { SMTP_URL: `smtp://127.0.0.1:${box.port}`, MAIL_FROM: 'belfry@example.org', MAIL_AFTER: String(MAIL_AFTER_MS / 1_000) }
  }

  async begin (): Promise<void> {
    if (!this.isOn) return
    const { mail } = this.#journal
    mail.topics = this.topics
    const topics = Object.fromEntries(Object.entries(this.topics).map(([topic, kind]) => [topic, { mail: kind === 'now' ? 'on' : kind }]))
    for (const member of members.filter(({ id }) => READERS.includes(id) || id === BOUNCER)) {
      const { status } = await this.#ask({ method: 'PATCH', path: '/api/preferences/me', member, body: { channels: { mail: 'off' }, topics, digest_at: DIGEST_AT } })
      if (status !== 200) throw new Error(`${member.id} cannot choose mail: ${status}`)
    }
    for (const user of READERS) {
      const [address, after] = [addressOf(user), await this.#head()]
      const { status } = await this.#ask({ method: 'PATCH', path: `/api/users/${user}`, body: { email: address } })
      if (status !== 200) throw new Error(`${user} cannot be mailed: ${status}`)
      mail.addresses.push({ address, user, after, until: await this.#head() })
    }
    await this.bouncer.move(this.isCalm ? 'there' : 'full')
  }

  /** Now and then something that is mailed, too; else what `other` has. */
  news (other: () => News): News {
    if (!this.isOn || !this.#random.oneIn(10)) return other()
    return { audience: this.#random.pick([{ all: true }, { companies: ['company_b'] }, { groups: ['project', 'issue'] }, { users: ['erin', 'company_a.two'] }]), topic: this.#random.oneIn(3) ? DIGESTED : MAILED }
  }

  /** Now and then somebody reads one of the newest, or it is recalled; somebody mutes what digests are of; and a dead address is put right. */
  async act (): Promise<void> {
    if (!this.isOn) return
    if (this.#random.oneIn(40)) await this.mute()
    if (this.#random.oneIn(20)) await this.bouncer.act()
    if (!this.#random.oneIn(20)) return
    const sent = [...this.#journal.publications.values()].filter(({ topic, outcomes }) => [MAILED, DIGESTED].includes(topic) && outcomes.at(-1)?.status === 'accepted').slice(-RECENT)
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

  /** Somebody mutes what digests are of, or lifts that. */
  async mute (inbox: 'on' | 'off' = this.#isMuted ? 'on' : 'off'): Promise<void> {
    if (this.#isMuting) return
    this.#isMuting = true
    const after = await this.#head()
    const askedAt = Date.now()
    const { status } = await this.#ask({ method: 'PATCH', path: '/api/preferences/me', member: MUTING, body: { topics: { [DIGESTED]: { inbox } } } })
    const doneAt = Date.now()
    // What is asked twice is answered with the cursor of the first time.
    this.#journal.mutes.push({ user: MUTING.id, topic: DIGESTED, inbox, after, until: await this.#head(), status, askedAt, doneAt })
    this.#isMuted = inbox === 'off'
    this.#isMuting = false
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
    if (this.#isMuted) await this.mute('on')
    // Whatever became of the last one: this one has refused nothing.
    this.bouncer.isOver = true
    await this.bouncer.move('there')
    const ends = await Promise.all([MAILED, DIGESTED].map(async topic => await publish({ audience: { all: true }, topic })))
    const { addresses, letters } = this.#journal.mail
    const wanted = new Map(addresses.map(({ user, address }) => [user, address]))
    const has = (to: string) => ends.every(({ id }) => letters.some(letter => letter.to === to && letter.isTaken && letter.items.some(item => item.id === id)))
    await within(this.#waiting.until(() => [...wanted.values()].every(has)), 'the last mails').catch(() => {})
    await this.bouncer.readFeed()
  }

  async #head (): Promise<string> {
    return (await this.#ask({ method: 'GET', path: '/api/notifications/me/unread-count' })).body.cursor
  }

  #refuse (address: string): number | undefined {
    if (!this.bouncer.refuses(address)) return undefined
    this.#journal.mail.refused.push(address)
    return 550
  }

  /** Takes most of them. */
  async #take (mail: Mail, hangUp: () => void): Promise<number | undefined> {
    const letter = toLog(mail)
    this.#journal.mail.letters.push(letter)
    if (this.bouncer.bounces(letter)) {
      letter.isBounced = true
      return 552
    }
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
      this.#journal.mail.cuts += 1
      this.#box!.hangUp()
    } else if (fate === 'hung') setTimeout(hangUp, HANGING_MS).unref()
    else hangUp()
    // It gets no answer.
    return await new Promise<undefined>(() => {})
  }
}

function toLog ({ envelope: { to }, messageId, subject = '', html = '', text = '' }: Mail): LetterLog {
  const titles = [...html.matchAll(/<h2[^>]*>(?:<a[^>]*>)?([^<]*)/g)].map(([, title]) => title!)
  const more = /^One more is not|^(\d+) more are not/m.exec(text)
  return {
    to: to.join(),
    messageId: messageId!,
    kind: subject.startsWith('Your daily summary') ? 'digest' : 'now',
    at: Date.now(),
    items: titles.map(title => ({ id: title.split(' ', 1)[0]!, title })),
    more: more ? Number(more[1] ?? 1) : 0,
    isTaken: false,
    isAnswered: false,
    isBounced: false
  }
}
