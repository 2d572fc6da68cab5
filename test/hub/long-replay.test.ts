import { join } from 'node:path'
import { test } from 'tap'
import { formatCursor } from '../../src/protocol/cursor.ts'
import { openStore } from '../../src/store/open.ts'
import { draft, upTo } from '../contract/store/engine.ts'
import { folder } from '../folder.ts'
import { build, listen, people, subscribe } from '../helper.ts'

const { bob } = people
const EVENTS = 3_000

test('replays that want little of a long log read it in few pages, each in a turn of the loop of its own', async t => {
  const url = `sqlite:${join(folder(t), 'belfry.db')}`
  const store = await openStore(url)
  await store.applyClaims({ id: 'bob', role: 'user', company: 'company_a', iat: 1 })
  await Promise.all(upTo(EVENTS).map(number => store.notify(draft({ all: true }, { id: `n-${number}`, at: Date.now(), topic: number % 1_000 === 0 ? 'rare' : 'noise' }))))
  await store.close()

  const app = await build(t, { DATABASE_URL: url })
  const base = await listen(app)
  let turn = 0
  let isCounting = true
  const count = () => {
    turn += 1
    if (isCounting) setImmediate(count)
  }
  setImmediate(count)
  const pages: { turn: number, rows: number }[] = []
  const { replay } = app.store
  app.store.replay = async (...args) => {
    const at = turn
    const page = await replay(...args)
    pages.push({ turn: at, rows: page!.events.length })
    return page
  }
  const since = formatCursor(app.store.epoch, 1)
  const sockets = await Promise.all(upTo(5).map(() => subscribe(t, base, bob, `?topics=rare&since=${since}`)))
  for (const socket of sockets) {
    t.match(await socket.next('caught_up'), { payload: { count: 3 } })
    t.same(socket.frames.filter(({ type }) => type === 'notification').map(({ id }) => id), ['n-1000', 'n-2000', 'n-3000'])
  }
  isCounting = false
  t.ok(pages.length <= 5 * (EVENTS / 200 + 2), `${pages.length} pages`)
  t.equal(new Set(pages.map(page => page.turn)).size, pages.length, 'no turn reads two')
})
