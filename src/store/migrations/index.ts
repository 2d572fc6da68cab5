import { log } from './001-log.ts'
import { credentials } from './002-credentials.ts'
import { countByKey } from './003-count-by-key.ts'
import { labels } from './004-labels.ts'
import { keyLimits } from './005-key-limits.ts'
import { sessions } from './006-sessions.ts'
import { incarnations } from './007-incarnations.ts'

/** Every migration, oldest first; a store's version is how many of them it has had. */
export const migrations = [log, credentials, countByKey, labels, keyLimits, sessions, incarnations]
