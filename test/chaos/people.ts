import { createSigner } from 'fast-jwt'
import type { Audience, Membership } from '../../src/log/audience.ts'
import type { Random } from '../random.ts'
import type { Demand } from './receipts/journal.ts'

export const SECRET = 'a-secret-for-chaos-of-at-least-32-bytes'

const sign = createSigner({ key: SECRET, algorithm: 'HS256', iss: 'belfry', aud: 'belfry' })
const tokens = new Map<string, string>()

/** A member's token, good for longer than any run. */
export function tokenOf (member: Membership): string {
  const { id } = member
  if (!tokens.has(id)) tokens.set(id, briefTokenOf(member, 86_400))
  return tokens.get(id)!
}

const seconds = () => Math.floor(Date.now() / 1000)
const began = seconds()

/**
 * A token that expires after so many seconds. Those of who moves say where they were in the beginning: issued after a move, they
 * would take it back.
 */
export function briefTokenOf ({ id, role, company }: Membership, lifetime: number): string {
  const { moves } = members.find(member => member.id === id) ?? {}
  return sign({ sub: id, role, ...(company === null ? {} : { company }), iat: moves ? began : seconds(), exp: seconds() + lifetime })
}

/** The platform admin who publishes; also a subscriber as any other. */
export const root: Membership = { id: 'root', role: 'admin', company: null }

/** Global groups, of people of every company; one is of several. */
export const groups: Record<string, string[]> = {
  project: ['root', 'company_a.one', 'company_a.boss', 'company_b.one'],
  order: ['erin', 'company_a.one', 'company_a.two', 'company_b.one'],
  issue: ['company_b.two']
}

/** Where somebody is at the beginning; who `moves` changes company and groups meanwhile. */
export interface Member extends Membership { groups: string[], moves: boolean }

/** Two companies with two roles each, somebody without a company, and guests, who come and go. */
export const members: Member[] = [
  root,
  { id: 'erin', role: 'user', company: null },
  ...['company_a', 'company_b'].flatMap(company => [
    { id: `${company}.boss`, role: 'admin', company },
    { id: `${company}.one`, role: 'user', company },
    { id: `${company}.two`, role: 'user', company },
    { id: `${company}.guest`, role: 'user', company }
  ])
].map(member => ({
  ...member, groups: Object.keys(groups).filter(group => groups[group]!.includes(member.id)), moves: member.id.endsWith('.guest')
}))

/** Somebody to publish for: every form of audience. */
function someAudience (random: Random): Audience {
  const companies = random.some(['company_a', 'company_b'])
  const roles = random.some(['admin', 'user'])
  if (random.oneIn(8)) return { users: random.some(members.map(({ id }) => id)) }
  const audience = random.pick<Audience>([{ all: true }, { companies }, { roles }, { companies, roles }, { groups: random.some(Object.keys(groups)) }])
  return random.oneIn(6) ? { ...audience, not: { users: [random.pick(members).id] } } : audience
}

/** A topic that nobody mutes. */
export const UNMUTED = 'end'

/** What is to be published: for whom, what is asked of them, whether it takes the place of the one before, whether for who joins later too, and in how many milliseconds, if not at once. */
export interface News { audience: Audience, topic?: string, demand?: Demand | undefined, replaceKey?: string, lateJoiners?: boolean, sendIn?: number }

/** Publishes something that marks an end. */
export type Publish = (news: News) => Promise<{ id: string, cursor: string }>

const chains: News[] = [
  { audience: { all: true }, replaceKey: 'likes' },
  { audience: { companies: ['company_a'] }, replaceKey: 'likes' },
  { audience: { companies: ['company_a'] }, replaceKey: 'comments' },
  { audience: { users: ['erin', 'company_b.one'] }, replaceKey: 'likes' }
]

/** Something to publish: one in eight is the next of a chain, one in eight is planned. */
export function someNews (random: Random): News {
  const news = random.oneIn(8) ? random.pick(chains) : { audience: someAudience(random) }
  return { ...news, ...someTime(random), ...someLateness(random, news) }
}

/** One in six is for who joins its audience later, too; nobody joins users that are named. */
export function someLateness (random: Random, { audience: { users } }: News): Pick<News, 'lateJoiners'> {
  return !users && random.oneIn(6) ? { lateJoiners: true } : {}
}

/** When to publish something: soon for one in eight, at once for all others. */
export function someTime (random: Random): Pick<News, 'sendIn'> {
  return random.oneIn(8) ? { sendIn: 300 + random.integer(1_500) } : {}
}
