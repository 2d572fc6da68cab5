/** A sender's own label for a notification. A retry repeats label and digest; with another digest it is another notification. */
export const labels = `
ALTER TABLE events ADD COLUMN label TEXT;
CREATE UNIQUE INDEX events_label ON events (sender, label, digest) WHERE label IS NOT NULL;
`
