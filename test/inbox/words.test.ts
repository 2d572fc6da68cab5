import { test } from 'tap'
import { en } from '../../src/inbox/words/en.ts'
import { directionOf, knownLanguage, languages, messagesIn } from '../../src/inbox/words/locales.ts'
import { put, Words } from '../../src/inbox/words/words.ts'

const NOW = Date.parse('2026-03-10T12:00:00.000Z')
const english = new Words('en', en)
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000]

test('every language has every text, with the same values and all the plural forms that it wants', async t => {
  const values = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name)
  for (const lang of languages) {
    const messages = await messagesIn(lang)
    t.strictSame(Object.keys(messages).sort(), Object.keys(en).sort(), lang)
    for (const [name, text] of Object.entries(messages)) {
      const model = en[name as keyof typeof en]
      if (typeof text === 'string') {
        t.not(text.trim(), '', `${lang} ${name}`)
        t.strictSame(values(text), values(model as string), `${lang} ${name}`)
        continue
      }
      const { pluralCategories } = new Intl.PluralRules(lang, { type: name === 'update' ? 'ordinal' : 'cardinal' }).resolvedOptions()
      const isOneForm = new Set(Object.values(text)).size === 1
      // Languages say large numbers in a form of their own, which here is that of others: "1 000 000 de".
      const wanted = pluralCategories.filter(form => !(form === 'many' && lang !== 'ar') && !(isOneForm && form !== 'other'))
      t.strictSame(wanted.filter(form => text[form] === undefined), [], `${lang} ${name}`)
    }
  }
  t.not((await messagesIn('de')).archive, en.archive, 'and it is another language')
})

test('a language that is not here is English; a region is its language', async t => {
  t.equal(await messagesIn('nl'), en)
  t.equal((await messagesIn('de-AT')).undo, 'Rückgängig')
  t.equal((await messagesIn('AR_eg')).undo, (await messagesIn('ar')).undo)
  t.strictSame([undefined, '', 'de_AT', 'nonsense language', '*', 'x'].map(knownLanguage), ['en', 'en', 'de-AT', 'en', 'en', 'en'])
  t.strictSame(['ar-EG', 'he', 'fa', 'de', 'arn', 'en'].map(directionOf), ['rtl', 'rtl', 'rtl', 'ltr', 'ltr', 'ltr'])
})

test('numbers take the form of the language', async t => {
  t.strictSame([1, 2, 3, 4, 11, 12, 13, 21, 22, 103].map(count => english.update(count)), ['1st update', '2nd update', '3rd update', '4th update', '11th update', '12th update', '13th update', '21st update', '22nd update', '103rd update'])
  const ar = new Words('ar', await messagesIn('ar'))
  t.equal(new Set([0, 1, 2, 3, 11, 100].map(count => ar.count(ar.messages.newCount, count))).size, 6, 'all six of Arabic')
  t.strictSame([1, 99, 100, 12_000].map(count => english.badge(count)), ['1', '99', '99+', '99+'])
  t.equal(put('{title} and {nobody}', { title: '{count} $& $1' }), '{count} $& $1 and {nobody}', 'a value is not read again')
})

test('times are relative, a time in the future is now', async t => {
  const ago = (ms: number) => english.ago(NOW - ms, NOW)
  t.strictSame([-HOUR, 0, 59_999].map(ago), ['now', 'now', 'now'])
  t.strictSame([MINUTE, 59 * MINUTE, HOUR, 23 * HOUR, DAY, 6 * DAY].map(ago), ['1 min. ago', '59 min. ago', '1 hr. ago', '23 hr. ago', 'yesterday', '6 days ago'])
  t.strictSame([8 * DAY, 400 * DAY].map(ago), ['Mar 2', 'Feb 3, 2025'])
  t.strictSame([MINUTE, 45 * MINUTE, 3 * DAY].map(ms => english.ago(NOW + ms, NOW, true)), ['in 1 min.', 'in 45 min.', 'in 3 days'], 'what may come')
  t.equal(english.ago(NOW + 8 * DAY, NOW, true), 'Mar 18')
  t.equal(new Words('de', en).ago(NOW - HOUR, NOW), 'vor 1 Std.')
})

test('days have names', async t => {
  const start = (days: number) => new Date(2026, 2, 10 - days).getTime()
  const now = new Date(2026, 2, 10, 23, 59).getTime()
  t.strictSame([-1, 0, 1, 2, 70].map(days => english.day(start(days), now)), ['Today', 'Today', 'Yesterday', 'Sunday, March 8', 'Tuesday, December 30, 2025'])
  t.equal(new Words('de', en).day(start(0), now), 'Heute')
})
