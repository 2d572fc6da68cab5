import { log } from './001-log.ts'

/** Every migration, oldest first; a store's version is how many of them it has had. */
export const migrations = [log]
