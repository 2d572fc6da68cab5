/** The query of a URL, its question mark included, without the fields that are undefined; empty without fields. */
export function queryOf (fields: Record<string, unknown>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) query.set(name, String(value))
  return query.size > 0 ? `?${query}` : ''
}
