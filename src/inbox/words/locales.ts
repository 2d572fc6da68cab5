import { en } from './en.ts'
import type { Messages } from './messages.ts'

/** Languages that are loaded when they are asked for. */
const others: Record<string, () => Promise<Messages>> = {
  ar: async () => (await import('./ar.ts')).ar,
  de: async () => (await import('./de.ts')).de,
  es: async () => (await import('./es.ts')).es,
  fr: async () => (await import('./fr.ts')).fr,
  ja: async () => (await import('./ja.ts')).ja
}

/** Languages that are written from right to left. */
const RTL = /^(ar|fa|he|ur|yi|ps|sd|ug|dv|ckb)\b/i

/** The languages whose texts are here. */
export const languages = ['en', ...Object.keys(others)]

/** Where writing begins in a language. */
export function directionOf (lang: string): 'ltr' | 'rtl' {
  return RTL.test(lang) ? 'rtl' : 'ltr'
}

/** The texts of a language, such as `de` or `de-AT`; English for one that is not here, or cannot be loaded. */
export async function messagesIn (lang: string): Promise<Messages> {
  const load = others[lang.toLowerCase().split(/[-_]/)[0]!]
  return await load?.().catch(() => undefined) ?? en
}

/** A language tag that `Intl` takes; `en` for what is none. */
export function knownLanguage (lang: string | undefined): string {
  try {
    return Intl.getCanonicalLocales(lang?.replaceAll('_', '-') || 'en')[0] ?? 'en'
  } catch {
    return 'en'
  }
}
