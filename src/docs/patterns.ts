type Json = Record<string, any>

/** Where the pattern stands that the server goes by, if the document shows a simpler one. */
export const EXACT = 'x-pattern'

/**
 * Puts a pattern that every regular expression engine reads in the place of one with Unicode properties, which
 * many do not: it lets invisible characters through, which the descriptions say are refused.
 */
export function simplifyPatterns (value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  const schema = value as Json
  if (typeof schema['pattern'] === 'string' && schema['pattern'].includes('\\p{')) {
    schema[EXACT] = schema['pattern']
    schema['pattern'] = schema['pattern'].replaceAll(/\[\^(?:\\p\{\w+\})+\]/g, '[^\\u0000-\\u001f\\u007f-\\u009f]').replaceAll('\\p{Zs}', ' ')
  }
  for (const part of Object.values(schema)) simplifyPatterns(part)
}
