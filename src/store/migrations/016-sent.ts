/** Lists of what was sent, newest first: by sender, by the company that it was addressed to, and by type, which together are all there is. */
export const sent = `
CREATE INDEX events_sender ON events (sender, seq) WHERE kind = 'notification';
CREATE INDEX events_scope ON events (scope, seq) WHERE kind = 'notification' AND scope IS NOT NULL;
CREATE INDEX events_type ON events (type, seq) WHERE kind = 'notification';
`
