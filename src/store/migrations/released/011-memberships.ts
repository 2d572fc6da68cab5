import { audienceKey } from '../../../log/audience.ts'
import { all, listOf, rowsOf, run, type Steps } from '../../query.ts'
import type { Migration } from '../index.ts'

const tables = `
-- Since when (from_seq) a user is addressed by a key, and until when (to_seq; NULL: still). A user who comes back gets another row.
CREATE TABLE memberships (
  user_id TEXT NOT NULL,
  key TEXT NOT NULL,
  from_seq BIGINT NOT NULL,
  to_seq BIGINT,
  source TEXT NOT NULL,
  since BIGINT NOT NULL,
  PRIMARY KEY (user_id, key, from_seq)
);
CREATE UNIQUE INDEX memberships_members ON memberships (key, user_id) WHERE to_seq IS NULL;
CREATE INDEX memberships_open ON memberships (user_id, key, from_seq) WHERE to_seq IS NULL;
CREATE INDEX memberships_closed ON memberships (to_seq) WHERE to_seq IS NOT NULL;
`

const PAGE = 1_000

interface Before {
  id: string
  role: string
  company: string | null
  created_at: number
  created_seq: number
  role_seq: number
  company_seq: number
  direct_seq: number
  deleted_at: number | null
  /** When the role and the company became what they are, if the log still knows. */
  role_at: number | null
  company_at: number | null
}

/** Until here, five columns of a user said since when each of the five keys addressed that user. */
function * fill (): Steps<void> {
  const select = `SELECT u.id, u.role, u.company, u.created_at, u.created_seq, u.role_seq, u.company_seq, u.direct_seq, u.deleted_at, r.at AS role_at, c.at AS company_at
    FROM users u LEFT JOIN events r ON r.seq = u.role_seq LEFT JOIN events c ON c.seq = u.company_seq
    WHERE u.id > ? ORDER BY u.id LIMIT ${PAGE}`
  const insert = `INSERT INTO memberships (user_id, key, from_seq, to_seq, source, since) SELECT user_id, key, from_seq, to_seq, 'user', since
    FROM ${rowsOf({ user_id: 'TEXT', key: 'TEXT', from_seq: 'BIGINT', to_seq: 'BIGINT', since: 'BIGINT' })} AS d`
  for (let page = yield * all<Before>(select, ''); page.length > 0; page = yield * all<Before>(select, page.at(-1)!.id)) {
    yield * run(insert, listOf(page.flatMap(intervalsOf)))
  }
}

/** A removed user's intervals end at the removal, whose `seq` is then in `direct_seq`. */
function intervalsOf (user: Before) {
  const { id, role, company, created_at: created, created_seq: createdSeq, role_seq: roleSeq, company_seq: companySeq } = user
  const isRemoved = user.deleted_at !== null
  const roleAt = user.role_at ?? created
  const companyAt = user.company_at ?? created
  const intervals: [key: string, from: number, since: number][] = [
    [audienceKey.all, createdSeq, created],
    [audienceKey.user(id), isRemoved ? createdSeq : user.direct_seq, created],
    [audienceKey.role(role), roleSeq, roleAt]
  ]
  if (company !== null) {
    intervals.push([audienceKey.company(company), companySeq, companyAt])
    intervals.push([audienceKey.companyRole(company, role), Math.max(companySeq, roleSeq), Math.max(companyAt, roleAt)])
  }
  return intervals.map(([key, from, since]) => [id, key, from, isRemoved ? user.direct_seq : null, since])
}

const dropColumns = `
ALTER TABLE users DROP COLUMN created_seq;
ALTER TABLE users DROP COLUMN role_seq;
ALTER TABLE users DROP COLUMN company_seq;
`

/** Moves what addresses a user to a table of its own. `users.direct_seq` stays: up to there, what an id sent is a former user's. */
export const memberships: Migration = [tables, fill, dropColumns]
