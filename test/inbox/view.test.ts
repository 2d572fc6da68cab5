import { test } from 'tap'
import { palette } from '../../src/inbox/look.ts'
import { placed } from '../../src/inbox/bell/placement.ts'
import { arrange } from '../../src/inbox/view/arrangement.ts'
import { arrivals } from '../../src/inbox/view/arrivals.ts'
import { Chunker, SIZE } from '../../src/inbox/view/chunks.ts'
import { createdAt, daysOf } from '../../src/inbox/view/days.ts'
import { safeIcon, safeLink } from '../../src/inbox/view/links.ts'
import { bannerOf, bodyOf, footOf } from '../../src/inbox/view/state.ts'
import { idsOf, itemOf, itemsFrom, snapshotOf } from './items.ts'

test('a link leads to the web, to a mail program or to a place of the site, and nowhere else', async t => {
  const safe = ['https://shop.example/orders', 'http://localhost:8000', 'mailto:help@shop.example', '/', '/orders/1742?x=1#y', 'https://user@shop.example/']
  const hostile = ['javascript:alert(1)', 'JAVASCRIPT:alert(1)', ' javascript:alert(1)', 'java\nscript:alert(1)', 'java\tscript:alert(1)', '\u0001javascript:alert(1)', 'data:text/html,<script>', 'vbscript:x', 'blob:https://x/1', 'file:///etc/passwd',
    '//evil.example', '/\\evil.example', '\\\\evil.example', '/\t/evil.example', 'ftp://x', '', 'orders', '#x', '../x', 'https://', 'https://x\u200b.example', 7, null, undefined, {}]
  for (const url of safe) t.equal(safeLink(url), url, url)
  for (const url of hostile) t.equal(safeLink(url), undefined, String(url))
})

test('an icon is shown if its origin is allowed', async t => {
  const origins = ['https://icons.example']
  t.equal(safeIcon('https://icons.example/a.png', origins), 'https://icons.example/a.png')
  for (const icon of ['https://elsewhere.example/a.png', 'http://icons.example/a.png', 'https://icons.example.evil.example/', 'https://icons.example@evil.example/', 'data:image/png;base64,', '/a.png', undefined, 7]) t.equal(safeIcon(icon, origins), undefined, String(icon))
  t.equal(safeIcon('https://icons.example/a.png', []), undefined)
})

test('what a snapshot shows', async t => {
  const known = snapshotOf([])
  t.equal(bodyOf(known, 3, true), 'list')
  t.equal(bodyOf(known, 0, true), 'empty')
  t.equal(bodyOf({ ...known, networkStatus: 'loading' }, 0, true), 'loading')
  t.equal(bodyOf({ ...known, hasMore: true }, 0, true), 'loading', 'the page had none of the topics')
  t.equal(bodyOf({ ...known, networkStatus: 'error' }, 0, true), 'error')
  t.equal(bodyOf({ ...known, networkStatus: 'error', connection: 'disconnected' }, 0, true), 'signed-out')
  t.equal(bodyOf({ ...known, networkStatus: 'loading', connection: 'disconnected' }, 0, false), 'loading', 'it has not been connected yet')
  t.equal(bannerOf(known, 'list', true), undefined)
  t.equal(bannerOf({ ...known, stale: true }, 'list', true), 'catching-up')
  t.equal(bannerOf({ ...known, stale: true, connection: 'connecting' }, 'list', true), 'offline')
  t.equal(bannerOf({ ...known, stale: true, connection: 'disconnected' }, 'list', true), 'signed-out')
  t.equal(bannerOf({ ...known, stale: true, connection: 'connecting' }, 'error', true), undefined)
  t.strictSame([known, { ...known, hasMore: true }, { ...known, networkStatus: 'fetching_more' as const }, { ...known, networkStatus: 'error' as const }].map(footOf), ['end', 'more', 'loading', 'error'])
})

test('days are those of here, and a time that is wrong is now', async t => {
  const now = new Date(2026, 2, 10, 12).getTime()
  const at = (...date: [number, number, number, number]) => ({ created_at: new Date(...date).toISOString() })
  const items = [itemOf(5, at(2026, 2, 10, 13)), itemOf(4, at(2026, 2, 10, 0)), itemOf(3, at(2026, 2, 9, 23)), itemOf(2, at(2025, 2, 9, 23)), itemOf(1, at(2026, 2, 9, 1))]
  const days = daysOf(items, now)
  t.strictSame(days.map(day => idsOf(day.items)), ['n5 n4', 'n3', 'n2', 'n1'], 'in the order of the log, a day of a sender in between')
  t.equal(new Set(days.map(({ key }) => key)).size, 4)
  t.equal(days[1]!.start, days[3]!.start)
  t.equal(createdAt(itemOf(1, { created_at: 'no time' }), now), now)
  t.equal(createdAt(itemOf(1, at(2031, 0, 1, 0)), now), now)
})

test('a row stays in its chunk', async t => {
  const chunker = new Chunker()
  const half = SIZE / 2
  const first = chunker.divide(itemsFrom(5 * half, 1))
  t.strictSame(first.map(({ items }) => items.length), [half, SIZE, SIZE])
  t.equal(idsOf(first.flatMap(({ items }) => items)), idsOf(itemsFrom(5 * half, 1)))
  const more = chunker.divide(itemsFrom(8 * half, -3 * half).filter(({ id }) => id !== `n${3 * half}`))
  t.strictSame(more.filter(({ key }) => first.some(chunk => chunk.key === key)).map(({ items }) => items.length), [SIZE, SIZE - 1, SIZE])
  for (const { key, items } of first) for (const { id } of items) t.equal(chunker.chunkOf(id), key)
  t.ok(more.every(({ items }) => items.length <= SIZE))
  t.equal(new Set(more.map(({ key }) => key)).size, more.length)
  chunker.forget([])
  t.equal(chunker.chunkOf('n1'), first[2]!.key, 'few are not worth forgetting')
  chunker.divide(itemsFrom(5000, 1))
  chunker.forget(itemsFrom(10, 1))
  t.strictSame([chunker.chunkOf('n1'), chunker.chunkOf('n4000')], [first[2]!.key, undefined])
})

test('what arrives waits above a list that is held', async t => {
  const before = itemsFrom(10, 1)
  const kept = new Map()
  t.match(arrange(itemsFrom(12, 1), before, { room: 0, kept }), { items: before, waiting: 2 })
  t.match(arrange(itemsFrom(12, 1), before, { room: 2, kept }), { items: itemsFrom(12, 1), waiting: 0 })
  t.equal(arrange(itemsFrom(12, 1), [], { room: 0, kept }).waiting, 0, 'not above one that is empty')
  t.match(arrange(itemsFrom(30, 20), before, { room: 0, kept }), { items: itemsFrom(30, 20), waiting: 0 }, 'nor where all of it is gone')
  const older = arrange([...itemsFrom(12, 1), itemOf(0)], before, { room: 0, kept })
  t.equal(idsOf(older.items), idsOf([...before, itemOf(0)]), 'older ones are added below')
  const replaced = arrange([itemOf(12), itemOf(11, { replaces: 'n5' }), ...before.filter(({ id }) => id !== 'n5')], before, { room: 0, kept })
  t.equal(idsOf(replaced.items), 'n10 n9 n8 n7 n6 n11 n4 n3 n2 n1')
  t.equal(replaced.waiting, 1)
  const again = arrange([itemOf(12), itemOf(11, { replaces: 'n5' }), ...before.filter(({ id }) => id !== 'n5')], replaced.items, { room: 0, kept, placed: replaced.placed })
  t.equal(idsOf(again.items), idsOf(replaced.items), 'and stays there')
  t.equal(again.waiting, 1)
  t.equal(idsOf(arrange([itemOf(11), ...before], again.items, { room: 9, kept, placed: again.placed }).items), idsOf(itemsFrom(11, 1)), 'until the list is not held')
  const without = before.filter(({ id }) => id !== 'n5')
  t.equal(idsOf(arrange([itemOf(11, { replaces: 'n5' }), ...without], without, { room: 0, kept, earlier: before }).items), 'n10 n9 n8 n7 n6 n11 n4 n3 n2 n1', 'also where the replaced one left before')
})

test('a row that is open stays although it has left', async t => {
  const before = itemsFrom(5, 1)
  const kept = new Map([['n3', itemOf(3, { read: true })]])
  const without = before.filter(({ id }) => id !== 'n3')
  t.equal(idsOf(arrange(without, before, { room: 0, kept }).items), 'n5 n4 n3 n2 n1')
  t.equal(idsOf(arrange([itemOf(6), ...without], before, { room: 9, kept }).items), 'n6 n5 n4 n3 n2 n1')
  t.equal(idsOf(arrange([], before, { room: 9, kept }).items), 'n3')
  t.equal(arrange(before, before, { room: 9, kept }).items, before, 'once')
})

test('only what arrives live is read out', async t => {
  const before = snapshotOf(itemsFrom(3, 1))
  const news = (...args: Parameters<typeof arrivals>) => idsOf(arrivals(...args))
  t.equal(news(before, snapshotOf(itemsFrom(5, 1))), 'n5 n4')
  t.equal(news(snapshotOf([]), snapshotOf(itemsFrom(2, 1))), 'n2 n1', 'the first ones of an empty inbox too')
  t.equal(news(before, snapshotOf([itemOf(4, { read: true }), ...before.items])), '', 'read ones are no news')
  t.equal(news(undefined, before), '', 'nor the first page')
  t.equal(news({ ...before, stale: true }, snapshotOf(itemsFrom(5, 1))), '', 'nor a replay')
  t.equal(news(before, snapshotOf(itemsFrom(5, 1), { stale: true })), '')
  t.equal(news(before, snapshotOf(itemsFrom(5, 1), { connection: 'connecting' })), '')
  t.equal(news(before, snapshotOf(itemsFrom(3, -50))), '', 'nor older ones')
  t.equal(news(before, snapshotOf(itemsFrom(500, 400))), '', 'nor another list')
})

test('without anchors, the panel is inside the window', async t => {
  const view = { width: 1000, height: 800 }
  const bell = (left: number, top: number) => ({ left, top, right: left + 40, bottom: top + 40 })
  t.strictSame(placed(bell(900, 10), { width: 380, height: 500 }, view, false), { left: 560, top: 58 })
  t.strictSame(placed(bell(10, 10), { width: 380, height: 500 }, view, false), { left: 8, top: 58 }, 'at the edge')
  t.strictSame(placed(bell(10, 10), { width: 380, height: 500 }, view, true), { left: 10, top: 58 })
  t.strictSame(placed(bell(900, 750), { width: 380, height: 500 }, view, false), { left: 560, top: 242 }, 'above')
  t.strictSame(placed(bell(900, 400), { width: 380, height: 900 }, view, false).top, 8, 'its head is seen')
})

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast (...colours: [string, string]): number {
  const [high, low] = colours.map(colour => {
    const [red, green, blue] = [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16) / 255).map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4) as [number, number, number]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }).sort((a, b) => b - a) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

test('colours can be told apart: text by 4.5, borders and shapes by 3', async t => {
  const pairs: [keyof typeof palette | '#ffffff', keyof typeof palette, number][] = [
    ['text', 'bg', 4.5], ['muted', 'bg', 4.5], ['text', 'surface', 4.5], ['muted', 'surface', 4.5], ['accent', 'bg', 4.5], ['accent', 'surface', 4.5], ['accent', 'accent-soft', 4.5], ['#ffffff', 'button', 4.5], ['bg', 'text', 4.5],
    ['warning', 'warning-soft', 4.5], ['info', 'info-soft', 4.5], ['success', 'success-soft', 4.5], ['error', 'error-soft', 4.5], ['error', 'bg', 4.5],
    ['line-strong', 'bg', 3], ['line-strong', 'surface', 3], ['brass', 'bg', 3], ['button', 'bg', 3]
  ]
  for (const scheme of [0, 1]) {
    for (const [front, back, least] of pairs) {
      const ratio = contrast(front === '#ffffff' ? front : palette[front][scheme]!, palette[back][scheme]!)
      t.ok(ratio >= least, `${front} on ${back}, ${['light', 'dark'][scheme]}: ${ratio.toFixed(2)}`)
    }
  }
})
