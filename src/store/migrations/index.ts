import { log } from './released/001-log.ts'
import { credentials } from './released/002-credentials.ts'
import { countByKey } from './released/003-count-by-key.ts'
import { labels } from './released/004-labels.ts'
import { keyLimits } from './released/005-key-limits.ts'
import { sessions } from './released/006-sessions.ts'
import { incarnations } from './released/007-incarnations.ts'
import { normalForm } from './released/008-normal-form.ts'
import { trustedPasswords } from './released/009-trusted-passwords.ts'
import { blankRecalled } from './released/010-blank-recalled.ts'
import { memberships } from './released/011-memberships.ts'
import { life } from './released/012-life.ts'
import { tokenFamilies } from './released/013-token-families.ts'
import { plans } from './014-plans.ts'
import { ordinals } from './015-ordinals.ts'
import { sent } from './016-sent.ts'
import { lateJoiners } from './017-late-joiners.ts'
import { groups } from './018-groups.ts'
import { times } from './019-times.ts'
import { cookieSessions } from './020-cookie-sessions.ts'
import { sparseLists } from './021-sparse-lists.ts'
import { keyBlocks } from './022-key-blocks.ts'
import { preferences } from './023-preferences.ts'
import { receipts } from './024-receipts.ts'
import { readers } from './outbound/025-readers.ts'
import { markOrder } from './026-mark-order.ts'
import { webhooks } from './outbound/027-webhooks.ts'
import { push } from './outbound/028-push.ts'
import { mail } from './outbound/029-mail.ts'
import { userPages } from './030-user-pages.ts'
import { names } from './outbound/031-names.ts'
import { pushed } from './outbound/032-pushed.ts'
import type { Steps } from '../query.ts'

/** SQL that both engines run, or an operation where SQL is not enough. */
export type MigrationStep = string | (() => Steps<void>)
export type Migration = MigrationStep | MigrationStep[]

/** Every migration, oldest first (those of released versions are in a folder of their own); a store's version is the number of migrations applied to it. */
export const migrations: Migration[] = [
  log, credentials, countByKey, labels, keyLimits, sessions, incarnations, normalForm, trustedPasswords,
  blankRecalled,
  memberships,
  life,
  tokenFamilies,
  plans,
  ordinals,
  sent,
  lateJoiners,
  groups,
  times,
  cookieSessions,
  sparseLists,
  keyBlocks,
  preferences,
  receipts,
  readers,
  markOrder,
  webhooks,
  push,
  mail,
  userPages,
  names,
  pushed
]

/** The steps that bring a store of this version to the newest one. */
export function stepsFrom (version: number): MigrationStep[] {
  return migrations.slice(version).flat()
}

/** Why a command, which never migrates, does not open a store of another version; 0 means there is no store. */
export function explainOtherVersion (version: number): string {
  if (version === 0) return 'it contains no store: start the server once'
  return `the store has version ${version} and this Belfry needs version ${migrations.length}: start this server once, or run the commands of the version that is running`
}
