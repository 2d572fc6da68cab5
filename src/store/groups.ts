import type { ActorRef } from '../rights/principal.ts'
import type { Audience, GroupRef } from '../log/audience.ts'

/** A group; `name` is for people to read. Anybody who can be a member of an open one may join it and leave it. */
export interface GroupRecord extends GroupRef { name: string, isOpen: boolean, members: number }

/** Where a membership comes from: the API, the claim of a token, or the member. */
export type MemberSource = 'api' | 'claim' | 'self'
export interface MemberRecord { userId: string, username: string | null, source: MemberSource, since: number }
export interface MembershipRecord extends GroupRecord { source: MemberSource, since: number }

/** The most members of a group, and the most groups of a user. */
export interface GroupLimits { perGroup: number, perUser: number }

export interface MemberChange { add: string[], remove: string[] }

/** The part of the store's contract about groups. Whoever is no user yet can be a member already. */
export interface Groups {
  group (ref: GroupRef): Promise<GroupRecord | undefined>
  /** The groups of a company, or global ones, in the order of their keys, after the one that is called `after`. */
  groups (filter: { company: string | null, after?: string, limit: number }): Promise<GroupRecord[]>
  /** Members in order of their ids, after `after`. */
  members (ref: GroupRef, filter: { after?: string, limit: number }): Promise<MemberRecord[]>
  /** The groups that a user is a member of, in the order of their keys. */
  groupsOf (userId: string): Promise<MembershipRecord[]>
  /** Which of these groups do not exist. */
  unknownGroups (refs: GroupRef[]): Promise<GroupRef[]>
  /** How many members of an audience's groups are no users yet. */
  countUnknownMembers (audience: Audience): Promise<number>
  /** Creates or changes a group. */
  putGroup (ref: GroupRef, group: { name: string, isOpen: boolean }, by?: ActorRef): Promise<{ group: GroupRecord, created: boolean }>
  /** Ends every membership of the group, and removes it. Throws BLF_GROUP_NOT_FOUND. */
  removeGroup (ref: GroupRef, by?: ActorRef): Promise<void>
  /**
   * Adds and removes members; who is one already, or none, does not change. Throws BLF_GROUP_NOT_FOUND, BLF_GROUP_FULL,
   * and BLF_FORBIDDEN for a user of another company.
   */
  changeMembers (ref: GroupRef, change: MemberChange, limits: GroupLimits, by?: ActorRef): Promise<{ added: number, removed: number, members: number }>
  /** The actor joins an open group or leaves it. Throws BLF_GROUP_FULL, and BLF_FORBIDDEN if the group is closed or another company's, or if there is none; who manages groups is told BLF_GROUP_NOT_FOUND then. */
  joinGroup (ref: GroupRef, limits: GroupLimits, by: ActorRef): Promise<GroupRecord>
  leaveGroup (ref: GroupRef, by: ActorRef): Promise<void>
}
