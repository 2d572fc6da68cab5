import { all, get, run, type Steps } from '../../query.ts'

/**
 * Names are compared in NFC from here on. Names that an earlier version stored in another form are converted;
 * otherwise a user's next token would seem to change the company, and hide the user's inbox.
 * Only names beyond ASCII can have another form: in the text of a row they take more bytes than
 * characters, in an audience key they are percent-encoded.
 */
export function * normalForm (): Steps<void> {
  yield * normaliseUsers()
  yield * normaliseScopes()
  yield * normaliseEvents()
  yield * normaliseIndex()
}

const PAGE = 1_000
const nfc = (text: string) => text.normalize('NFC')
const nfcOrNull = (text: string | null) => text === null ? null : nfc(text)

/** `c:caf%C3%A9`, `cr:caf%C3%A9/user`: each part is encoded by itself. */
const nfcOfKey = (key: string) => key.replace(/[^:/]+/g, part => encodeURIComponent(nfc(decodeURIComponent(part))))

interface Names { id: string, username: string | null, role: string, company: string | null }

function * normaliseUsers (): Steps<void> {
  const select = `SELECT id, username, role, company FROM users
    WHERE id > ? AND octet_length(COALESCE(username, '') || role || COALESCE(company, '')) > length(COALESCE(username, '') || role || COALESCE(company, ''))
    ORDER BY id LIMIT ${PAGE}`
  for (let page = yield * all<Names>(select, ''); page.length > 0; page = yield * all<Names>(select, page.at(-1)!.id)) {
    for (const { id, username, role, company } of page) {
      yield * run('UPDATE users SET role = ?, company = ? WHERE id = ?', nfc(role), nfcOrNull(company), id)
      // Stays unchanged if another user has the NFC form already: usernames are unique.
      const isTaken = username !== null && (yield * get('SELECT 1 AS hit FROM users WHERE username = ? AND id <> ?', nfc(username), id)) !== undefined
      if (!isTaken) yield * run('UPDATE users SET username = ? WHERE id = ?', nfcOrNull(username), id)
    }
  }
}

function * normaliseScopes (): Steps<void> {
  const keys = yield * all<{ id: string, scopes: string }>('SELECT id, scopes FROM api_keys WHERE octet_length(scopes) > length(scopes)')
  for (const { id, scopes } of keys) yield * run('UPDATE api_keys SET scopes = ? WHERE id = ?', nfc(scopes), id)
}

function * normaliseEvents (): Steps<void> {
  const select = `SELECT seq, keys, scope FROM events
    WHERE seq > ? AND (keys LIKE '%\\%%' ESCAPE '\\' OR octet_length(COALESCE(scope, '')) > length(COALESCE(scope, '')))
    ORDER BY seq LIMIT ${PAGE}`
  interface Event { seq: number, keys: string, scope: string | null }
  for (let page = yield * all<Event>(select, 0); page.length > 0; page = yield * all<Event>(select, page.at(-1)!.seq)) {
    for (const { seq, keys, scope } of page) {
      const normal = JSON.stringify([...new Set((JSON.parse(keys) as string[]).map(nfcOfKey))])
      if (normal !== keys || scope !== nfcOrNull(scope)) yield * run('UPDATE events SET keys = ?, scope = ? WHERE seq = ?', normal, nfcOrNull(scope), seq)
    }
  }
}

function * normaliseIndex (): Steps<void> {
  const keys = yield * all<{ key: string }>("SELECT DISTINCT key FROM event_keys WHERE key LIKE '%\\%%' ESCAPE '\\'")
  for (const { key } of keys) {
    const normal = nfcOfKey(key)
    if (normal === key) continue
    // An event may have had both forms as keys.
    yield * run(
      `INSERT INTO event_keys (key, class, seq, expires_at) SELECT ?, class, seq, expires_at FROM event_keys WHERE key = ?
       ON CONFLICT (key, class, seq) DO NOTHING`, normal, key
    )
    yield * run('DELETE FROM event_keys WHERE key = ?', key)
  }
}
