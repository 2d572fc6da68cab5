import { errorCodes } from '../protocol/error-codes.ts'

/** What a reader of the document has to know before the first call. */
export const guide = `A notification is sent once, to everyone or to an *audience* of users, companies and roles. It goes at once to
every open socket of its audience, and stays in their inboxes to be read, marked and deleted.

## Getting a token

\`\`\`
curl -s http://localhost:8000/api/auth/login \\
  -H 'content-type: application/json' \\
  -d '{"username":"admin","password":"demo-admin"}'
\`\`\`

The answer's \`access_token\` goes into \`Authorization: Bearer …\` of every other call; here, into *Authorize*.
It lasts \`expires_in\` seconds; \`POST /api/auth/refresh\` trades the \`refresh_token\` for a new pair, once.
\`npm run demo\` has the users \`admin\`, \`alice\`, \`bob\` and \`carol\` with the passwords \`demo-<username>\`;
\`npm start\` prints the password of \`admin\` when it first starts.

A backend that holds the signing key (or whose public keys are behind \`JWKS_URL\`) may mint tokens for its own
users: \`sub\`, \`role\`, \`iss\`, \`aud\`, \`iat\` and \`exp\`, and \`company\` if there is one. A \`sub\` seen for the
first time becomes a user. For calls between backends there are API keys, \`Authorization: Bearer blf_…\`, each
with its scopes.

## Cursors

A cursor is an opaque string that names a place in the event log. Inboxes are paged with them: \`next_before\` of
one page is \`before\` of the next, and nothing is doubled or skipped while others send. The \`cursor\` of an inbox
page is also where a socket goes on (\`since\`) with nothing missed in between, and so is the \`cursor\` of every
frame a socket has got.

## Idempotency

A call that timed out may have been done. Give a notification an \`id\` of your own (or an \`Idempotency-Key\`
header), and send it again: with the same content from the same caller it is stored and delivered once, and
answered as the first time. The same \`id\` with other content is a 409. The \`id\` in a broadcast's
envelope is only a label: with other content or another target it is another notification, whose own \`id\` the answer
tells. Marking may be repeated anyway;
deleting again is a 404.

A 2xx means committed and synced to disk. What could not be stored is a 503, never a 2xx.

## Errors

Every error is \`application/problem+json\` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)). \`code\` is for
programs, \`detail\` for people, \`request_id\` for finding it in the log, and \`errors\` lists the fields of a request
that are not valid. Unknown fields are an error too. After a 429 or 503, \`Retry-After\` says how many seconds to wait.

<details>
<summary>Every code</summary>

| status | code | meaning |
|---|---|---|
${Object.entries(errorCodes).map(([code, [status, detail]]) => `| ${status} | \`${code}\` | ${detail} |`).join('\n')}

</details>
`
