import type { BelfryElement } from './element.ts'

/** How long an element waits for a client before it says that it has none, milliseconds: applications set properties later than the element is there. */
export const PATIENCE_MS = 5_000

/** What an element would need to have a client. */
export function missingOf (element: BelfryElement): TypeError {
  const missing = (['client', 'url', 'getToken'] as const).filter(name => !element[name])
  return new TypeError(`<${element.localName}> needs client, or url and getToken, but has no ${missing.join(', no ')}`)
}
