import { audienceKey, groupOfKey, type Audience, type GroupRef } from '../../../../src/log/audience.ts'
import type { GroupLimits, GroupRecord, MemberChange, MemberRecord, MembershipRecord, MemberSource } from '../../../../src/store/groups.ts'
import { newestIatBefore } from '../../../../src/rights/skew.ts'
import type { Claims, UserRecord } from '../../../../src/store/store.ts'
import { People, Refusal } from './people.ts'

interface Group { ref: GroupRef, name: string, isOpen: boolean, members: Map<string, Membership> }
/** `seq`: the event after which it holds. */
interface Membership { source: MemberSource, since: number, seq: number }

/** The part of the model that is about groups. */
export abstract class Groups extends People {
  readonly #groups = new Map<string, Group>()
  /** When Belfry itself ended a membership, or, of nobody, a group; by key and user. */
  readonly #ended = new Map<string, { at: number, seq: number }>()
  abstract floor: number

  group (ref: GroupRef): GroupRecord | undefined {
    const group = this.#groups.get(audienceKey.group(ref))
    return group && toRecord(group)
  }

  groups (company: string | null): GroupRecord[] {
    return this.#sorted().filter(({ ref }) => ref.company === company).map(toRecord)
  }

  members (ref: GroupRef): MemberRecord[] {
    const members = [...this.#groups.get(audienceKey.group(ref))?.members ?? []].sort(([a], [b]) => a < b ? -1 : 1)
    return members.map(([userId, { source, since }]) => ({ userId, username: this.user(userId)?.username ?? null, source, since }))
  }

  groupsOf (userId: string): MembershipRecord[] {
    return this.#sorted().flatMap(group => {
      const membership = group.members.get(userId)
      return membership ? [{ ...toRecord(group), source: membership.source, since: membership.since }] : []
    })
  }

  putGroup (ref: GroupRef, { name, isOpen }: { name: string, isOpen: boolean }): { group: GroupRecord, created: boolean } {
    const key = audienceKey.group(ref)
    const before = this.#groups.get(key)
    const group = { ref, name, isOpen, members: before?.members ?? new Map() }
    this.#groups.set(key, group)
    return { group: toRecord(group), created: !before }
  }

  removeGroup (ref: GroupRef, at: number): void {
    const { members } = this.#existing(ref)
    const key = audienceKey.group(ref)
    this.#ended.set(`${key} `, { at, seq: this.append('group.removed', null, at, { key }) })
    this.#groups.delete(key)
    this.appendChanged([...members.keys()], at)
  }

  changeMembers (ref: GroupRef, { add, remove }: MemberChange, limits: GroupLimits, at: number) {
    const group = this.#existing(ref)
    // Who is nobody yet may be a member; who is somebody must be of the company.
    for (const user of add.map(id => this.user(id))) if (user && ref.company !== null && user.company !== ref.company) throw new Refusal('BLF_FORBIDDEN')
    return this.#apply(group, { add, remove }, 'api', limits, at)
  }

  joinGroup (ref: GroupRef, limits: GroupLimits, userId: string, at: number): GroupRecord {
    const group = this.#openTo(ref, userId)
    this.#apply(group, { add: [userId], remove: [] }, 'self', limits, at)
    return toRecord(group)
  }

  leaveGroup (ref: GroupRef, userId: string, at: number): void {
    this.#apply(this.#openTo(ref, userId), { add: [], remove: [userId] }, 'self', { perGroup: Infinity, perUser: Infinity }, at)
  }

  applyClaims (claims: Claims, at: number): UserRecord {
    const isNews = this.#isNews(claims)
    const { user, hasMoved } = this.claim(claims, at)
    const haveGroupsChanged = claims.groups !== undefined && isNews && this.#claimGroups(user, claims.groups, claims.iat, at)
    // One word of all that changed.
    if (hasMoved || haveGroupsChanged) this.appendChanged([user.id], at)
    return user
  }

  #claimGroups (user: UserRecord, { names, limits }: NonNullable<Claims['groups']>, iat: number, at: number): boolean {
    const { join, leave } = this.#claimed(user, names, iat)
    const room = limits.perUser - (this.groupsOf(user.id).length - leave.length)
    // Nobody can be asked: what is full, and what is too many, is left out.
    const joined = join.filter(key => (this.#groups.get(key)?.members.size ?? 0) < limits.perGroup).slice(0, Math.max(0, room))
    if (joined.length === 0 && leave.length === 0) return false
    for (const key of joined) {
      const ref = groupOfKey(key)
      if (!this.#groups.has(key)) this.#groups.set(key, { ref, name: ref.group, isOpen: false, members: new Map() })
    }
    const named = (keys: string[]) => Object.fromEntries(keys.map(key => [key, [user.id]]))
    const seq = this.append('members.changed', null, at, { joined: named(joined), left: named(leave) })
    for (const key of joined) this.#groups.get(key)!.members.set(user.id, { source: 'claim', since: at, seq })
    for (const key of leave) this.#groups.get(key)!.members.delete(user.id)
    return true
  }

  override previewClaims (claims: Claims, at: number): UserRecord | undefined {
    const preview = super.previewClaims(claims, at)
    if (!preview || !claims.groups || !this.user(claims.id) || !this.#isNews(claims)) return preview
    const { join, leave } = this.#claimed(preview, claims.groups.names, claims.iat)
    return join.length > 0 || leave.length > 0 ? undefined : preview
  }

  override countAudience ({ groups, company = null, not, ...audience }: Parameters<People['countAudience']>[0]): number {
    if (!groups) return super.countAudience({ ...audience, ...(not ? { not } : {}) })
    const members = groups.flatMap(group => this.members({ company, group }).map(({ userId }) => userId))
    return new Set(members.filter(id => this.user(id) && !not?.users.includes(id))).size
  }

  /** Which of these groups there are. */
  protected assertGroups ({ groups = [], company = null }: { groups?: string[], company?: string | null }): void {
    for (const group of groups) this.#existing({ company, group })
  }

  /** An audience of an event without the groups that were removed since: another one may have the name now. */
  protected standing (audience: Audience, seq: number): Audience {
    const { groups, company = null } = audience
    return groups ? { ...audience, groups: groups.filter(group => (this.#ended.get(`${audienceKey.group({ company, group })} `)?.seq ?? 0) < seq) } : audience
  }

  /** After which event somebody is a member of one of these groups; undefined for who is of none. */
  protected memberSince (userId: string, refs: GroupRef[]): number | undefined {
    const seqs = refs.flatMap(ref => this.#groups.get(audienceKey.group(ref))?.members.get(userId)?.seq ?? [])
    return seqs.length > 0 ? Math.min(...seqs) : undefined
  }

  /** Leaving a company ends the memberships of its groups; with `undefined`, of all. */
  protected leaveGroups (userId: string, company: string | null | undefined): void {
    for (const { ref, members } of this.#groups.values()) {
      if (company === undefined || (ref.company !== null && ref.company !== company)) members.delete(userId)
    }
  }

  /** Whether a token says something newer of its user than what is known. */
  #isNews ({ id, iat }: Claims): boolean {
    const person = this.person(id)
    return !person || person.removedAt !== null || iat > person.claimsIat
  }

  #claimed ({ id, company }: UserRecord, names: string[], iat: number): { join: string[], leave: string[] } {
    const wanted = [...new Set(names.map(group => audienceKey.group({ company, group })))]
    const has = this.groupsOf(id)
    return {
      join: wanted.filter(key => !has.some(ref => audienceKey.group(ref) === key) && ![id, ''].some(of => this.#isEndedSince(`${key} ${of}`, iat))),
      leave: has.filter(({ source }) => source === 'claim').map(audienceKey.group).filter(key => !wanted.includes(key))
    }
  }

  /** Whether a membership was ended in Belfry later than a token was made, by what the log still has. */
  #isEndedSince (name: string, iat: number): boolean {
    const { at = -Infinity, seq = 0 } = this.#ended.get(name) ?? {}
    return seq > this.floor && iat <= newestIatBefore(at)
  }

  #apply ({ ref, members }: Group, { add, remove }: MemberChange, source: MemberSource, limits: GroupLimits, at: number) {
    const joined = [...new Set(add)].filter(id => !members.has(id))
    const left = [...new Set(remove)].filter(id => members.has(id))
    const number = members.size + joined.length - left.length
    if (joined.length > 0 && number > limits.perGroup) throw new Refusal('BLF_GROUP_FULL')
    for (const id of joined) if (this.groupsOf(id).length >= limits.perUser) throw new Refusal('BLF_GROUP_FULL')
    // Who is added by the API as well stays when the claim ends.
    if (source === 'api') for (const id of add) if (members.has(id)) members.get(id)!.source = 'api'
    const key = audienceKey.group(ref)
    for (const id of remove) if (!members.has(id) && !joined.includes(id)) this.#ended.set(`${key} ${id}`, { at, seq: this.head + 1 })
    if (joined.length > 0 || left.length > 0) {
      const seq = this.append('members.changed', null, at, { joined: { [key]: joined }, left: { [key]: left } })
      for (const id of joined) members.set(id, { source, since: at, seq })
      for (const id of left) {
        members.delete(id)
        this.#ended.set(`${key} ${id}`, { at, seq })
      }
      this.appendChanged([...joined, ...left], at)
    }
    return { added: joined.length, removed: left.length, members: number }
  }

  #existing (ref: GroupRef): Group {
    const group = this.#groups.get(audienceKey.group(ref))
    if (!group) throw new Refusal('BLF_GROUP_NOT_FOUND')
    return group
  }

  #openTo (ref: GroupRef, userId: string): Group {
    const user = this.user(userId)
    if (!user) throw new Refusal('BLF_UNAUTHENTICATED')
    if (ref.company !== null && ref.company !== user.company) throw new Refusal('BLF_FORBIDDEN')
    const group = this.#groups.get(audienceKey.group(ref))
    if (group?.isOpen) return group
    const isManager = user.role === 'admin' && (user.company === null || user.company === ref.company)
    throw new Refusal(!group && isManager ? 'BLF_GROUP_NOT_FOUND' : 'BLF_FORBIDDEN')
  }

  #sorted (): Group[] { return [...this.#groups].sort(([a], [b]) => a < b ? -1 : 1).map(([, group]) => group) }
}

function toRecord ({ ref, name, isOpen, members }: Group): GroupRecord {
  return { ...ref, name, isOpen, members: members.size }
}
