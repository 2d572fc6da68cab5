/** The description of the stream of overviews in the API document. */
export const overviewDescription = `What \`GET /api/overview\` answers, once a second, as Server-Sent Events: what the console's first page shows.

\`\`\`
curl -sN http://localhost:8000/sse/overview -H "authorization: Bearer $TOKEN"
\`\`\`

**Events.** \`overview\` (\`OverviewFrame\`) once a second, however many sockets there are; \`token.expiring\` 60 seconds before the token
expires; \`close\` (\`CloseFrame\`) at the end. None has an \`id\`: there is nothing to resume, a new stream begins with how things are now.

**Credentials.** An \`Authorization: Bearer\` header, or \`?ticket=\` with a ticket of \`POST /api/auth/ticket\`. The stream ends with 4401
when the credentials end, and with 4403 when its user is no longer a platform admin. Origins, limits, slow readers and shutdowns are as at
\`GET /sse/notifications\`.`
