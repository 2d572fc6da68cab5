/* SQL that makes a store of an earlier version of one of this version: each undoes one migration and those after it. */

/** What version 32 did, undone. */
const TO_VERSION_31 = 'DROP TABLE pushed; DROP INDEX push_calls_out;'

/** What version 31 did, undone. */
const TO_VERSION_30 = TO_VERSION_31 + ' DROP INDEX users_called; ALTER TABLE users DROP COLUMN name;'

/** What version 30 did, undone. */
const TO_VERSION_29 = TO_VERSION_30 + ' DROP INDEX users_in_company; DROP INDEX users_with_role; DROP INDEX users_in_company_with_role; CREATE INDEX users_company ON users (company, role); CREATE INDEX users_role ON users (role);'

/** What version 29 did, undone. */
const TO_VERSION_28 = TO_VERSION_29 + ' DROP TABLE mails; DROP TABLE mailed; DROP INDEX users_email;' + ['email', 'email_iat', 'bounces'].map(column => ` ALTER TABLE users DROP COLUMN ${column};`).join('')

/** What version 28 did, undone. */
const TO_VERSION_27 = TO_VERSION_28 + ' ALTER TABLE readers DROP COLUMN inner_place;' + ['subscriptions', 'calls', 'held', 'receipts'].map(name => ` DROP TABLE push_${name};`).join('')

/** What version 27 did, undone. */
const TO_VERSION_26 = `${TO_VERSION_27} DROP TABLE webhooks;`

/** What version 26 did, undone. */
const TO_VERSION_25 = `${TO_VERSION_26} ` + ['read_seq', 'archived_seq', 'deleted_seq'].map(column => `ALTER TABLE marks DROP COLUMN ${column};`).join(' ')

/** What version 25 did, undone. */
const TO_VERSION_24 = `${TO_VERSION_25} DROP TABLE readers; DROP TABLE reader_calls;`

/** What version 24 did, undone. */
const TO_VERSION_23 = `${TO_VERSION_24} DROP TABLE deliveries; DROP TABLE seen_through; DROP TABLE demands; DROP TABLE acknowledgements; DROP INDEX memberships_former;`

/** What version 23 did, undone. */
const TO_VERSION_22 = `${TO_VERSION_23} DROP TABLE topics; DROP TABLE preferences; DROP TABLE topic_settings; DROP TABLE muted_counts;`

/** What version 22 did, undone. */
export const TO_VERSION_21 = `${TO_VERSION_22} DROP TABLE key_blocks;
  CREATE INDEX event_keys_type ON event_keys (key, class, type, seq) WHERE type IS NOT NULL;
  CREATE INDEX event_keys_topic_type ON event_keys (key, class, topic, type, seq) WHERE topic IS NOT NULL;
`

/** What version 21 did, undone. */
export const TO_VERSION_20 = `${TO_VERSION_21}
  DROP TABLE sent_blocks;
  CREATE INDEX events_sender ON events (sender, seq); CREATE INDEX events_scope ON events (scope, seq); CREATE INDEX events_type ON events (type, seq);
  CREATE INDEX event_keys_topic ON event_keys (key, class, topic, seq);
`

/** What version 20 did, undone. */
const TO_VERSION_19 = TO_VERSION_20 + 'ALTER TABLE sessions DROP COLUMN password_at;'

/** What version 19 did, undone. */
const TO_VERSION_18 = TO_VERSION_19 + ['times_seq', 'times_max', 'times_max_seq', 'times_late'].map(column => `ALTER TABLE log DROP COLUMN ${column};`).join(' ')

/** What version 18 did, undone. */
const TO_VERSION_17 = TO_VERSION_18 + 'DROP TABLE user_groups; DROP INDEX memberships_ended;'

/** What version 17 did, undone. */
const TO_VERSION_16 = TO_VERSION_17 + 'ALTER TABLE events DROP COLUMN late;'

/** What version 16 did, undone. */
const TO_VERSION_15 = TO_VERSION_16 + ' DROP INDEX events_sender; DROP INDEX events_scope; DROP INDEX events_type;'

/** What version 15 did, undone: recalled notifications leave the index by audience, and a mark has one state. */
const TO_VERSION_14 = `${TO_VERSION_15}
  DROP TABLE seen; DROP TABLE acts;
  ALTER TABLE event_keys RENAME TO event_keys_after;
  CREATE TABLE event_keys (key TEXT NOT NULL, class INTEGER NOT NULL, seq BIGINT NOT NULL, expires_at BIGINT, PRIMARY KEY (key, class, seq));
  INSERT INTO event_keys (key, class, seq, expires_at) SELECT key, class, seq, expires_at FROM event_keys_after WHERE expires_at IS NULL OR expires_at > 0;
  DROP TABLE event_keys_after;
  ALTER TABLE marks RENAME TO marks_after; DROP INDEX marks_seq;
  CREATE TABLE marks (user_id TEXT NOT NULL, seq BIGINT NOT NULL, state INTEGER NOT NULL, read_at BIGINT, PRIMARY KEY (user_id, seq));
  INSERT INTO marks (user_id, seq, state, read_at) SELECT user_id, seq, CASE WHEN deleted_at IS NOT NULL THEN 3 WHEN read = 0 THEN 2 ELSE 1 END, read_at FROM marks_after;
  DROP TABLE marks_after; CREATE INDEX marks_seq ON marks (seq);
  ALTER TABLE read_through RENAME TO read_through_after; DROP INDEX read_through_seq;
  CREATE TABLE read_through (user_id TEXT NOT NULL, topic TEXT NOT NULL, seq BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (user_id, topic, seq));
  INSERT INTO read_through (user_id, topic, seq, at) SELECT user_id, topic, seq, MIN(at) FROM read_through_after GROUP BY user_id, topic, seq;
  DROP TABLE read_through_after; CREATE INDEX read_through_seq ON read_through (seq);
`

/** What version 14 did, undone. */
const TO_VERSION_13 = `${TO_VERSION_14} DROP TABLE plans; ALTER TABLE log DROP COLUMN plans_made; ALTER TABLE log DROP COLUMN plans_waiting;`

/** What version 13 did, undone. */
const TO_VERSION_12 = `${TO_VERSION_13} DROP INDEX sessions_family; ALTER TABLE sessions DROP COLUMN family; ALTER TABLE refresh_tokens DROP COLUMN ended_at;`

/** What version 12 did, undone: nothing was edited or replaced. */
const TO_VERSION_11 = `${TO_VERSION_12}
  DROP INDEX events_origin; DROP INDEX events_chain;
  ALTER TABLE events DROP COLUMN origin_seq; ALTER TABLE events DROP COLUMN chain;
`

/** What version 11 did, undone: columns of a user said since when each key addresses that user. */
const TO_VERSION_10 = `${TO_VERSION_11}${[['created_seq', 'all'], ['role_seq', 'r:%'], ['company_seq', 'c:%']].map(([column, keys]) => `
  ALTER TABLE users ADD COLUMN ${column} BIGINT NOT NULL DEFAULT 0;
  UPDATE users SET ${column} = COALESCE((SELECT MAX(w.from_seq) FROM memberships w WHERE w.user_id = users.id AND w.key LIKE '${keys}'), 0);`).join('')}
  DROP TABLE memberships;
`

/** What version 10 did, undone: a recall left the text. */
export const TO_VERSION_9 = TO_VERSION_10 + 'UPDATE events SET body = \'{"id":"recalled","title":"secret","message":"secret","type":"info","read":false,"data":{"topic":"t","more":"secret"}}\' WHERE recalled_at IS NOT NULL;'

/** What version 9 did, undone. */
export const TO_VERSION_8 = TO_VERSION_9 + 'ALTER TABLE users DROP COLUMN password_trusted;'

/** What version 7 did, undone: a removed user's notifications were told from the next one's only by when that was first seen. */
export const TO_VERSION_6 = `${TO_VERSION_8} UPDATE users SET direct_seq = 0; ALTER TABLE users DROP COLUMN tokens_after;`

/** What version 6 did, undone. */
export const TO_VERSION_5 = `
  ${TO_VERSION_6}
  DROP INDEX sessions_open; DROP INDEX refresh_tokens_parent; DROP INDEX tickets_user;
  ALTER TABLE sessions DROP COLUMN last_used_at; ALTER TABLE sessions DROP COLUMN address; ALTER TABLE sessions DROP COLUMN user_agent;
  ALTER TABLE refresh_tokens DROP COLUMN parent; ALTER TABLE refresh_tokens DROP COLUMN issued_at;
  CREATE INDEX sessions_user ON sessions (user_id);
`

/** What version 5 did, undone. */
const TO_VERSION_4 = `${TO_VERSION_5} ALTER TABLE api_keys DROP COLUMN rate_limit; ALTER TABLE api_keys DROP COLUMN expires_at;`

/** What version 4 did, undone. */
export const TO_VERSION_3 = `${TO_VERSION_4} DROP INDEX events_label; ALTER TABLE events DROP COLUMN label;`

/** What version 3 did to the index by audience, undone. */
export const TO_VERSION_2 = `
  ${TO_VERSION_3}
  ALTER TABLE event_keys DROP COLUMN expires_at;
  INSERT INTO event_keys (key, class, seq) SELECT 'all', 0, seq FROM events WHERE id = 'recalled';
`
