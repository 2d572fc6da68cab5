import { test } from 'tap'
import { funnelOf, percent, type Report } from '../../../src/pages/console/report/funnel.ts'
import { verdictOf, type Reason, type UserReport } from '../../../src/pages/console/report/reasons.ts'
import { demandOf, NO_DEMAND } from '../../../src/pages/console/sending/draft.ts'
import { bodyOf, fieldsOf, holds, rowsOf, type Channel, type TopicItem } from '../../../src/pages/console/topics/settings.ts'
import { effectiveTopics } from '../../../src/preferences/effective.ts'

const report: Report = { recipients: 120, connected: 17, delivered: 110, seen: 80, read: 84, acknowledged: 12, late: 1, acted: 0, muted: 2, as_of: '2026-01-31T12:05:00.000Z' }

test('a funnel says what each number means, and of whom it is not said', async t => {
  const steps = funnelOf(report, 'news')
  t.same(steps.map(({ label, count, state }) => [label, count, state]), [
    ['Audience', 120, 'recipients'], ['Inbox', 118, 'recipients'], ['Delivered', 110, 'delivered'], ['Seen', 80, 'seen'], ['Read', 84, 'read'], ['Acted', 0, 'acted']
  ])
  t.same(steps.map(({ without }) => without?.text), [
    undefined, '2 users left out: the topic “news” was off for them.', '8 users not yet: no app of theirs has confirmed it.', '30 users not yet: it came, and they have not opened the list.', undefined, undefined
  ], 'who reads need not have seen it in the list')
  const demand = { by: null, outstanding: 106, reminded: 0, reminded_at: null, next_reminder_at: null, remind_from: null, escalate_to: null, escalation: null }
  t.match(funnelOf({ ...report, acknowledge: demand }, null).at(-1), { label: 'Acknowledged', count: 12, means: 'They confirmed that they know it, 1 of them late.' })
  t.same(funnelOf({ ...report, acknowledge: demand, acted: 3 }, null).at(-1)?.label, 'Acted')
  t.same([percent(0, 0), percent(0, 9), percent(1, 900), percent(899, 900), percent(1, 3), percent(9, 9)], ['–', '0 %', 'under 1 %', '99 %', '33 %', '100 %'])
})

test('every reason is a sentence with what one can do, and an answer says no more than is known', async t => {
  const about = { topic: 'news', audience: { companies: ['b'] }, sent_at: '2026-01-31T12:00:00.000Z', expires_at: '2026-02-01T12:00:00.000Z', recalled_at: '2026-02-01T12:00:00.000Z' }
  const answer = (reasons: Reason[], more: Partial<UserReport> = {}, isKnown = true) => verdictOf({ user_id: 'carol', matched: true, reasons, muted_by: null, delivered: false, acted: false, late: false, seen_at: null, read_at: null, acknowledged_at: null, ...more }, about, 'carol', isKnown)
  const outside: Reason[] = ['not_in_audience', 'joined_later', 'left', 'excluded']
  for (const reason of [...outside, 'muted', 'expired', 'recalled', 'not_connected'] as Reason[]) {
    const { whys } = answer([reason], { matched: !outside.includes(reason) })
    t.match(whys, [{ text: /^\S.{20,}\.$/, advice: /^\S.{20,}\.$/, places: [/./] }], reason)
    t.notMatch(JSON.stringify(whys), /undefined|null/, reason)
  }
  for (const reason of outside) t.match(answer([reason], { matched: false }), { kind: 'warning', title: 'It was not sent to carol' })
  t.match(answer(['not_in_audience'], { matched: false }, false).whys, [{ text: /^Nobody you can see has the id carol/ }])
  t.match(answer(['left']), { title: 'carol did not get it', whys: [{ text: /^carol has left/ }] })
  t.match(answer(['left'], { matched: false }).whys, [{ text: /^carol had left/ }])
  t.match(answer(['recalled'], { delivered: true }), { title: 'carol got it, and does not have it any more' })
  t.equal(answer(['expired', 'recalled', 'not_connected']).whys.length, 2, 'what is over waits for no connection')
  t.match(answer(['not_connected']), { kind: 'info', title: 'It is in the inbox of carol, and not delivered yet' })
  t.match(answer([]), { kind: 'info', whys: [{ text: 'An app of carol is connected, and has not confirmed it.' }] })
  t.match(answer([], { delivered: true }), { kind: 'success', title: 'carol got it' })
  const muter = (source: 'user' | 'company' | 'operator', locked: boolean) => answer(['muted'], { muted_by: { source, locked } }).whys[0]!.text
  t.match([muter('user', false), muter('company', false), muter('company', true), muter('operator', true), answer(['muted']).whys[0]!.text], [
    /carol had switched it off/, /the company had it off for everybody who chose nothing/, /the company had locked it off/, /the operator had locked it off/, /a setting that is gone/
  ])
})

test('what holds of a topic is what the server says holds', async t => {
  const settings: (Omit<TopicItem, 'name' | 'company'> | undefined)[] = [
    undefined, ...(['on', 'off'] as const).flatMap(value => [true, false].flatMap(locked => [{}, { push: 'off' as const }, { push: 'on' as const, mail: 'digest' as const }].map(channels => ({ default: value, locked, channels }))))
  ]
  const item = (said: typeof settings[number], company: string | null): TopicItem | undefined => said && { name: 't', company, ...said }
  const record = (said: typeof settings[number]) => said ? [{ topic: 't', settings: { description: null, default: said.default, isLocked: said.locked, channels: said.channels } }] : []
  for (const operator of settings) {
    for (const company of settings) {
      const server = effectiveTopics({ topics: {}, channels: {} }, { operator: record(operator), company: record(company) })['t']
      for (const channel of ['inbox', 'push', 'mail'] as Channel[]) {
        const { value, source, locked } = holds(channel, item(operator, null), item(company, 'a'))
        t.same({ value, source: source === 'nobody' ? 'operator' : source, locked }, server?.[channel] ?? { value: 'on', source: 'operator', locked: false })
      }
    }
  }
  const [one, other] = [item(settings[1], null)!, { ...item(settings[2], 'a')!, name: 'other', description: 'Of Orders' }]
  t.same(rowsOf([one], [other, { ...one, company: 'a' }], '').map(({ name, operator, company }) => [name, operator !== undefined, company !== undefined]), [['other', false, true], ['t', true, true]])
  t.same(rowsOf([one], [other], ' ORDER').map(({ name }) => name), ['other'])
  t.same(bodyOf(fieldsOf(other)), { description: 'Of Orders', default: 'on', locked: true, channels: { push: 'off' } })
  t.same(bodyOf(fieldsOf(undefined)), { default: 'on', locked: false, channels: {} })
})

test('what is asked of readers is what was filled in', async t => {
  t.equal(demandOf({ ...NO_DEMAND, every: '3600' }, undefined), undefined)
  t.same(demandOf({ ...NO_DEMAND, isOn: true }, { all: true }), {})
  t.same(demandOf({ isOn: true, by: '2099-01-31T12:00', every: '86400', reminders: '2', escalates: true }, { all: true }), { by: new Date('2099-01-31T12:00').toISOString(), remind_every: 86_400, reminders: 2, escalate_to: { all: true } })
  t.same(demandOf({ ...NO_DEMAND, isOn: true, escalates: true }, undefined), { escalate_to: { users: [] } }, 'the server says that somebody is missing')
})
