import { test } from 'tap'
import { isPlatformAdmin, pathOf } from '../../../src/pages/console/access.ts'
import { gapSeconds, niceTop, runsOf, Series } from '../../../src/pages/console/overview/series.ts'
import { amount, audienceText, bytes, counted, fromLocal, namesIn, senderText, titleText, toLocal, type Audience } from '../../../src/pages/console/parts/words.ts'
import { hrefOf, routeOf, titleOf } from '../../../src/pages/console/router.ts'
import { audienceOf, bodyOf, EMPTY } from '../../../src/pages/console/sending/draft.ts'
import { faring, GROUPS, outcomeText, repeatedText, urlParts, whyDisabled, type AttemptItem, type WebhookItem } from '../../../src/pages/console/webhooks/state.ts'
import { feedTypes } from '../../../src/protocol/outbound/feed.ts'

test('an address is a route, and a route an address, under a prefix too', async t => {
  for (const root of ['/', '/belfry/', '/console/']) {
    const items = ['alice', 'auth0|5f', 'a/b', '100%', 'grüße 🔔', '..x', '?q=#']
    for (const item of items) {
      const url = new URL(hrefOf(root, 'users', item, { q: 'a&b=c', company: '' }), 'http://x')
      t.match(routeOf(root, url), { page: 'users', item }, url.href)
      t.equal(routeOf(root, url).query.toString(), 'q=a%26b%3Dc')
    }
    for (const path of ['console', 'console/', 'console/overview']) t.match(routeOf(root, new URL(root + path, 'http://x')), { page: 'overview', item: undefined })
    t.equal(routeOf(root, new URL(`${root}console/nothing`, 'http://x')).page, undefined)
    t.equal(routeOf(root, new URL(`${root}console/users/%E0%A4%A`, 'http://x')).item, '%E0%A4%A', 'what cannot be decoded')
  }
})

test('the title of an address tells it from others', async t => {
  const titleAt = (path: string, page?: string) => titleOf(routeOf('/', new URL(`http://x/console/${path}`)), page)
  t.same([titleAt('users?q=b', 'Users'), titleAt('users/bob', 'Users'), titleAt('groups/new', 'Groups'), titleAt('nothing')], ['Users · Belfry', 'bob · Users · Belfry', 'New · Groups · Belfry', 'No such page · Belfry'])
})

test('the path of a call holds whatever its parts are', async t => {
  t.equal(pathOf(['users', 'a/b?c', 'groups'], { limit: 5, after: undefined, q: '' }), 'api/users/a%2Fb%3Fc/groups?limit=5')
  t.ok(isPlatformAdmin({ role: 'admin' }))
  t.notOk(isPlatformAdmin({ role: 'admin', company: 'a' }))
  t.notOk(isPlatformAdmin({ role: 'user' }))
})

test('an audience is what its fields say, and none while one is empty', async t => {
  const fields = { kind: 'companies' as const, companies: '', roles: '', users: '', groups: '', company: '', not: '' }
  t.equal(audienceOf(fields, undefined), undefined)
  t.same(audienceOf({ ...fields, companies: 'a, b,\n a' }, undefined), { companies: ['a', 'b'] })
  t.same(audienceOf({ ...fields, roles: 'user' }, 'a'), { companies: ['a'], roles: ['user'] }, 'a company admin has one')
  t.same(audienceOf({ ...fields, kind: 'all', not: 'bob' }, undefined), { all: true, not: { users: ['bob'] } })
  t.same(audienceOf({ ...fields, kind: 'groups', groups: 'g', company: ' a ' }, undefined), { groups: ['g'], company: 'a' })
  t.same(audienceOf({ ...fields, kind: 'groups', groups: 'g' }, undefined), { groups: ['g'] })
  t.same(audienceOf({ ...fields, kind: 'groups', groups: 'g', company: 'b' }, 'a'), { groups: ['g'], company: 'a' })
  t.same(audienceOf({ ...fields, kind: 'users', users: 'auth0|1' }, 'a'), { users: ['auth0|1'] })
  t.equal(audienceOf({ ...fields, kind: 'roles' }, undefined), undefined)
})

test('a body has what was filled in', async t => {
  const draft = { ...EMPTY, title: 'T', message: 'M' }
  t.same(bodyOf(draft, { all: true }, 'n1'), { title: 'T', message: 'M', priority: 'info', topic: 'news', id: 'n1', audience: { all: true } })
  const whole = bodyOf({ ...draft, url: ' /x ', urgency: 'high', action: 'Go', actionUrl: '/y', send: '2099-01-31T12:00', expires: 'rubbish' }, { all: true }, 'n1')
  t.match(whole, { url: '/x', urgency: 'high', actions: [{ id: 'open', label: 'Go', url: '/y' }], send_at: new Date('2099-01-31T12:00').toISOString(), expires_at: 'rubbish' })
  t.notOk('id' in bodyOf(draft, { all: true }), 'a call to copy has no id: pasted twice, it sends twice')
  t.equal(fromLocal(toLocal('2099-01-31T12:00:00.000Z')), '2099-01-31T12:00:00.000Z')
  t.equal(fromLocal(''), undefined)
})

test('words', async t => {
  t.same([amount(0), amount(0.1234), amount(99.99), amount(1240.4)], ['0', '0.123', '100', '1,240'])
  t.same([bytes(0), bytes(1023), bytes(1536), bytes(48_234_496)], ['0 bytes', '1,023 bytes', '1.5 KiB', '46 MiB'])
  t.same([counted(1, 'inbox', 'inboxes'), counted(1240, 'inbox', 'inboxes'), counted(0, 'user')], ['1 inbox', '1,240 inboxes', '0 users'])
  t.same(namesIn(' a,b\n\nc , a'), ['a', 'b', 'c'])
  t.equal(senderText('key:billing'), 'API key billing')
  t.same([titleText(' '), titleText(null), titleText(null, 'Gone'), titleText(' a')], ['Blank title', 'Recalled', 'Gone', ' a'])
  const audiences: Audience[] = [{ all: true }, { users: ['a', 'b', 'c', 'd'] }, { companies: ['a'], roles: ['x', 'y'] }, { roles: ['admin'] }, { groups: ['g'], company: 'a' }, { all: true, not: { users: ['bob'] } }, { companies: ['a', 'b', 'c', 'd'] }]
  t.same(audiences.map(audienceText), ['Everyone', '4 users', 'Roles x, y in a', 'Role admin, everywhere', 'Group g of a', 'Everyone, but not bob', 'Everybody in a, b and 2 more'])
})

test('a chart breaks where nothing was measured, and says for how long', async t => {
  const at = (second: number, value: number | null = second) => ({ at: second * 1000, value })
  t.same(runsOf([at(0), at(1), at(2, null), at(3), at(10), at(11)]).map(run => run.map(({ value }) => value)), [[0, 1], [3], [10, 11]])
  t.equal(gapSeconds([at(0), at(1), at(10), at(11)], 11_500), 9)
  t.equal(gapSeconds([at(0)], 20_000), 20, 'up to now')
  t.same([0, 0.3, 1, 1.2, 3, 4.1, 99, 1203].map(niceTop), [1, 0.4, 1, 2, 4, 5, 100, 2000])
  const series = new Series()
  for (let second = 0; second < 1000; second++) series.push(second * 1000, second)
  t.ok(series.points.length <= 306, 'five minutes are kept')
  t.equal(series.last, 999)
  t.equal(series.meanOf(997_000, 999_000), 998.5)
  t.equal(series.meanOf(0, 1), null)
})

test('a webhook says how it fares, and a replay how much it repeats', async t => {
  t.same(Object.values(GROUPS).flat().toSorted(), feedTypes.toSorted(), 'every type can be chosen')
  const webhook: WebhookItem = { id: 'w', url: 'https://shop.example/', types: [], company: null, ordered: false, state: 'active', disabled_reason: null, failing_since: null, missed: 0, missed_at: null, created_at: '' }
  const off = (reason: WebhookItem['disabled_reason']): WebhookItem => ({ ...webhook, state: 'disabled', disabled_reason: reason })
  t.same([webhook, { ...webhook, failing_since: '2026-01-31T12:00:00.000Z' }, off('manual'), off('gone'), off('failing')].map(one => Object.values(faring(one)).join(' ')), ['success active', 'warning failing', 'info disabled', 'error disabled', 'error disabled'])
  t.match([webhook, off('manual'), off('gone'), off('failing')].map(whyDisabled), [undefined, /^An admin/, /410/, /five days/])
  const attempt = (seq: number, more: Partial<AttemptItem> = {}): AttemptItem => ({ webhook_id: `w_e_${seq}`, n: 1, at: '', status: 200, state: 'delivered', replay_since: `e.${seq - 1}`, ...more })
  t.same([attempt(1), attempt(1, { n: 3, status: 500, error: 'answered 500' }), attempt(1, { status: null })].map(outcomeText), ['answered 200', 'answered 500, attempt 3', 'no answer'])
  const newest = [9, 7, 4].map(seq => attempt(seq))
  t.same([8, 6, 3, 1].map(since => repeatedText(newest, `e.${since}`)), ['1 call', '2 calls', '3 calls', undefined])
  t.equal(repeatedText(Array.from({ length: 200 }, (_, index) => attempt(500 - index)), 'e.1'), '200 calls or more')
  t.same(['https://shop.example', 'http://a:8/b?c#d', 'x y'].map(urlParts), [{ host: 'shop.example', rest: '' }, { host: 'a:8', rest: '/b?c' }, { host: 'x y', rest: '' }])
})
