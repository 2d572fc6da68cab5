import { errorCodes } from '../protocol/error-codes.ts'

/** The description of the API: what to know before the first call. Swagger UI shows only what comes before "Cursors". */
export const guide = `A notification is sent once, to everyone or to an *audience* of users, companies, roles or groups. Every open socket of
its audience gets it at once, and it stays in their inboxes.

## Getting a token

\`\`\`
curl -s http://localhost:8000/api/auth/login \\
  -H 'content-type: application/json' \\
  -d '{"username":"admin","password":"demo-admin"}'
\`\`\`

Send the \`access_token\` of the answer with every other call, as \`Authorization: Bearer …\`; on this page, give it to
*Authorize*. It expires after \`expires_in\` seconds; \`POST /api/auth/refresh\` exchanges the \`refresh_token\` for new tokens.
\`npm run demo\` has the users \`admin\`, \`alice\`, \`bob\` and \`carol\` with the passwords \`demo-<username>\`;
\`npm start\` prints the password of \`admin\` when it first starts.

Another backend can mint tokens too, with the signing key or with keys published at \`JWKS_URL\`: \`sub\`, \`role\`,
\`iss\`, \`aud\`, \`iat\` and \`exp\`, and \`company\` if the user has one. A new \`sub\` becomes a new user. Backends
that call Belfry themselves use API keys, \`Authorization: Bearer blf_…\`, each with its scopes.

## Cursors

A cursor is an opaque string that names a place in the event log. Inboxes are paged with cursors: \`next_before\` of
one page is \`before\` of the next, and nothing is repeated or skipped while others send. A socket that is opened with
the \`cursor\` of an inbox page, or of any frame, as \`since\` misses nothing in between.

## What a notification has

A \`title\` and a \`message\` are plain text, never HTML. \`url\` is where the notification leads: an \`https\`, \`http\` or
\`mailto\` URL, or a path of the app that shows it. \`icon\` is an \`https\` URL. \`actions\` are up to three buttons, each with
an \`id\`, a \`label\` and, if it leads somewhere, a \`url\`. Belfry never requests any of these URLs. \`urgency\` says how much
the notification may interrupt; \`priority\` (in frames and lists: \`type\`) says how serious it is.

\`data\` has fields of your own. Clients in several languages take a text of their own, named by \`data.key\`, and insert
\`data.args\`; \`title\` and \`message\` are for clients that do not know the key.

\`\`\`
curl -s http://localhost:8000/api/notifications/send \\
  -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
  -d '{"title":"Order shipped","message":"Order 1742 is on its way.","priority":"success","topic":"orders",
       "url":"/orders/1742","actions":[{"id":"later","label":"Remind me"}],"urgency":"low",
       "data":{"key":"order_shipped","args":{"order":1742}}}'
\`\`\`

## Reports, and what must be acknowledged

\`GET /api/reports/{id}\` counts who got a notification: whom it was sent to, to how many it was delivered, and who saw, read and
acted on it. \`…/users?state=delivered\` lists them, and \`…/users/carol\` says of one user why it came or did not: the user
was not in the audience, joined later, left, had the topic muted, is not connected. *Delivered* is exact: a device names itself
(\`?device=\`) and acknowledges a cursor, with the frame \`ack\` or, for streams, at \`POST /api/notifications/ack\`.

With \`acknowledge\` a notification must be acknowledged by a person: \`PUT /api/notifications/{id}/acknowledge\`. Until then it can be
neither archived nor deleted; who has not is reminded, and at \`by\` somebody is told how many have not. The sender may also remind them
at once: \`POST /api/reports/{id}/remind\`.

\`\`\`
curl -s http://localhost:8000/api/notifications/send \\
  -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
  -d '{"id":"fire-drill","title":"Fire drill","message":"Leave the building at the bell.","priority":"warning","topic":"safety",
       "audience":{"companies":["company_a"]},"acknowledge":{"remind_every":86400,"reminders":3}}'
curl -s 'http://localhost:8000/api/reports/fire-drill/users?state=outstanding' -H "authorization: Bearer $TOKEN"
\`\`\`

## Groups

A group is what users follow: a project, an order, an issue. It belongs to a company (\`?company=\`; without it, to the
caller's own) or, if a platform admin or a backend makes it without one, to nobody: then it is global. Admins and backends with
\`groups:write\` create groups and change their members; users join and leave an open group themselves
(\`PUT\` and \`DELETE /api/groups/{group}/members/me\`), and the claim \`groups\` of a token minted elsewhere lists the groups of its user.

\`\`\`
curl -s -X PUT 'http://localhost:8000/api/groups/order-1743?company=company_a' \\
  -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{"name":"Order 1743"}'
curl -s -X PUT 'http://localhost:8000/api/groups/order-1743/members?company=company_a' \\
  -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{"add":["alice","bob"]}'
curl -s http://localhost:8000/api/notifications/send \\
  -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
  -d '{"title":"New comment","message":"Can it be delivered on Monday?","priority":"info","topic":"comments",
       "audience":{"groups":["order-1743"],"company":"company_a","not":{"users":["alice"]}}}'
\`\`\`

Whoever is in several of the groups gets the notification once. \`not\` leaves users out of any audience. A member sees what
was sent since joining; after leaving the group, or its company, it is hidden. Items of an inbox say in \`reason\` by what
part of the audience they are there.

## Several at once

\`POST /api/notifications/batch\` sends up to 500 notifications. They share commits, so that they cost little more than one.
Each is sent or refused by itself; the answer is a 200 with one entry for each item, in the same order: \`id\` and \`cursor\`
(\`send_at\` if it is scheduled), or a problem with its \`status\` and \`code\`.

\`\`\`
curl -s http://localhost:8000/api/notifications/batch \\
  -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
  -d '{"items":[
    {"id":"statement-7","title":"Statement 7","message":"For July.","priority":"info","topic":"billing"},
    {"id":"statement-8","title":"Statement 8","message":"For August.","priority":"info","topic":"billing"}]}'
\`\`\`

## After it is sent

\`GET /api/sent\` lists what you sent, newest first, with its audience; company admins also see what was addressed to their
company, platform admins everything.

\`PATCH /api/broadcast/{notification_id}\` corrects a notification for everybody who has it: open sockets get
\`notification.updated\`, inboxes show the new revision, and what was read stays read. Users who joined the audience since
it was sent neither have the notification nor get its edits. Give the \`revision\` that you have seen, and an edit
that somebody else made meanwhile is not overwritten. Neither the audience nor the topic can change.

\`DELETE /api/broadcast/{notification_id}\` recalls it: it leaves every inbox, and its text is removed from the store.

A send with a \`replace_key\` takes the place of the one before: the last notification from the same sender to the same
audience with the same key is recalled in the same commit. The new one is unread, and says what it \`replaces\` and how
many the chain has replaced, for "3 new comments". A recall ends the chain, and a retry replaces nothing.

A send with \`late_joiners\` and \`expires_at\` is also for users who join its audience before that end: a new colleague finds
the notification of this week's meeting unread. Others are only for those who were in the audience when they were sent.

## Read, seen, archived, deleted

Each user has states of their own, which do not depend on each other. *Read* and *unread* are set one by one, up to a
hundred at a time (\`POST /api/notifications/mark\`) or all at once. *Archived* takes a notification out of the list and the
counts, and leaves it as read as it was; \`?view=archived\` lists it. *Deleted* hides it from all but \`?view=deleted\`, and
\`restored\` brings it back as it was before. *Seen* is a cursor: \`POST /api/notifications/seen\` says that everything up to
it was shown, and \`unseen_count\` is what is active after it, read or not. Each change is an event for the
user's other devices.

A call that hangs may arrive after the user has taken it back in another. With \`since\`, the newest cursor that the client knew
when the mark was made, it comes too late: what an event after that cursor has changed in the same way is left as it is, and is
named under \`overtaken\`. A client that sends marks again gives each the \`since\` of its first try.

Answers, and the events for other devices, have the \`unread_count\` and the \`unseen_count\` that follow. Reading changes only the
former. Who restores also learns which notifications are \`archived\` again, because they were when they were deleted; an item that is
archived says so.

\`POST /api/notifications/{notification_id}/actions/{action_id}\` says which of a notification's \`actions\` the user
chose: the first one counts, for good, and any later call gets its answer. From then on the item has it as \`acted\`. An edit that replaces
the \`actions\` does not ask again: whoever acted before has answered, and \`acted\` names an action that the notification may no
longer have. To ask again, send another notification, with a \`replace_key\` in the place of the first.

## Idempotency

A call that timed out may still have succeeded. Give a notification an \`id\` of your own (or an \`Idempotency-Key\`
header), and a retry is safe: the same content from the same caller is stored and delivered once, and gets the first
answer again; a default that is spelled out is the same content as one that is left out. The same \`id\` with other content is a 409. The \`id\` in the envelope of a broadcast is only a label: with
other content or another target it is another notification, and the answer has its \`id\`. Marking twice changes nothing;
deleting twice is a 404.

A 2xx means committed and synced to disk. If the store cannot be reached, the answer is a 503 and nothing was stored.

## Sending later

With \`send_at\`, a send or a broadcast (in its \`payload\`) is planned, at most MAX_SCHEDULE_DAYS ahead: the answer is a 202 with \`id\` and \`send_at\`, but
no cursor, because it has no place in the log yet. A retry gets the same 202, also after it was sent. A time without an offset is UTC: a
local time that a change to summer time skips, or that occurs twice, must be given with the offset that is meant.
\`GET /api/scheduled\` lists plans with their \`state\`; \`PATCH\` changes the time or the content, \`DELETE\` cancels it (again: the same answer). Who is in the audience, and
whether the sender may address it, is decided when it is sent: then the plan is \`sent\`, \`refused\` or, if it has expired meanwhile, \`expired\`.

## Errors

Every error is \`application/problem+json\` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)). \`code\` is for
programs, \`detail\` for people, \`request_id\` finds the request in the log, and \`errors\` lists the fields that are not
valid. Unknown fields are errors too. After a 429 or 503, \`Retry-After\` says how many seconds to wait.

Who sends a body that is too large gets its 413 also while still sending: the rest is read and thrown away, up to 16 MiB and 5 seconds.
Beyond that the connection is closed, which a client sees as a network error.

<details>
<summary>Every code</summary>

| status | code | meaning |
|---|---|---|
${Object.entries(errorCodes).map(([code, [status, detail]]) => `| ${status} | \`${code}\` | ${detail} |`).join('\n')}

</details>
`
