import { NO_SEQ } from '../index-class.ts'

/** SQL for a `seq`, and a time, that is never reached. */
export const NO_END = NO_SEQ

/** SQL for whether a row of `memberships` is a membership at all: some only say that somebody is none. */
export const IS_MEMBER_ROW = (alias: string) => `${alias}.source <> 'absent'`
