/** What the sender of a broadcast calls it: a retry repeats label and digest, and anything else under the label is another. */
export const labels = `
ALTER TABLE events ADD COLUMN label TEXT;
CREATE UNIQUE INDEX events_label ON events (sender, label, digest) WHERE label IS NOT NULL;
`
