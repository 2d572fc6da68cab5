import type { Json } from './document.ts'

/** The key of the exact pattern, which the server uses, beside a simpler one. */
const EXACT = 'x-pattern'

/**
 * Replaces patterns with Unicode properties, which many regular expression engines do not know, by simpler ones.
 * Those match invisible characters too; the descriptions say that these are refused.
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
