import type { Test } from 'tap'
import type { Bus, Hint } from '../../src/bus/bus.ts'
import type { LogEvent } from '../../src/log/event.ts'

export interface BusEngine {
  name: string
  /** A network of its own; `join` gives a node's end, ready to be used, which is closed when the test ends. */
  open: (t: Test) => Promise<{ join: (epoch: string) => Promise<Bus> }>
}

const event = (seq: number): LogEvent => ({
  seq, kind: 'notification', id: `n-${seq}`, keys: ['all', 'c:über%2F'], topic: null, at: 1, expiresAt: null, body: '{"title":"Grüße \u2028 🔔"}'
})

export const hint = (from: number, to = from): Hint => ({
  epoch: 'epoch001', from, to, events: Array.from({ length: to - from + 1 }, (_, index) => event(from + index))
})

/** Everything a bus hears, and a wait for so much of it. */
export function hear (bus: Bus) {
  const heard: Hint[] = []
  let wake = () => {}
  bus.onHint(hint => {
    heard.push(hint)
    wake()
  })
  return {
    heard,
    async until (isEnough: (heard: Hint[]) => boolean) {
      while (!isEnough(heard)) {
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        await promise
      }
      return heard
    }
  }
}

/** Proves what `src/bus/bus.ts` promises, for one kind of bus. */
export function busContract (t: Test, engine: BusEngine): void {
  t.test(engine.name, async t => {
    t.test('a hint reaches every other node, whole, and not its own', async t => {
      const { join } = await engine.open(t)
      const [a, b, c] = await Promise.all([join('epoch001'), join('epoch001'), join('epoch001')])
      const ears = [a, b, c].map(hear)
      t.ok([a, b, c].every(bus => bus.isUp))
      a.publish(hint(1, 3))
      for (const ear of ears.slice(1)) t.same(await ear.until(heard => heard.length > 0), [hint(1, 3)])
      b.publish(hint(4))
      t.same(await ears[0]!.until(heard => heard.length > 0), [hint(4)], 'what came first was not its own')
    })

    t.test('a node\'s hints keep their order', async t => {
      const { join } = await engine.open(t)
      const [a, b] = await Promise.all([join('epoch001'), join('epoch001')])
      const ear = hear(b)
      for (let seq = 1; seq <= 200; seq++) a.publish(hint(seq))
      const heard = await ear.until(heard => heard.length === 200)
      t.same(heard.map(({ from }) => from), Array.from({ length: 200 }, (_, index) => index + 1))
    })

    t.test('the events may be left out', async t => {
      const { join } = await engine.open(t)
      const [a, b] = await Promise.all([join('epoch001'), join('epoch001')])
      const ear = hear(b)
      a.publish({ epoch: 'epoch001', from: 1, to: 1, events: [event(1)] })
      a.publish({ epoch: 'epoch001', from: 2, to: 900 })
      const [first, second] = await ear.until(heard => heard.length === 2)
      t.same(first!.events, [event(1)])
      t.same({ ...second, events: undefined }, { epoch: 'epoch001', from: 2, to: 900, events: undefined })
    })

    t.test('a log of another epoch is another log', async t => {
      const { join } = await engine.open(t)
      const [a, b, other] = await Promise.all([join('epoch001'), join('epoch001'), join('epoch002')])
      const [near, far] = [hear(b), hear(other)]
      a.publish({ ...hint(1), epoch: 'epoch002' })
      a.publish(hint(2))
      t.same((await near.until(heard => heard.length > 0)).map(({ from }) => from), [2])
      t.notOk(far.heard.some(({ epoch }) => epoch !== 'epoch002'))
    })

    t.test('what a node tells reaches every other node of its log, in order, and is no hint', async t => {
      const { join } = await engine.open(t)
      const [a, b, other] = await Promise.all([join('epoch001'), join('epoch001'), join('epoch002')])
      const told: Record<string, string[]> = { a: [], b: [], other: [] }
      const { promise, resolve } = Promise.withResolvers<void>()
      for (const [name, bus] of Object.entries({ a, other })) bus.onTold(text => { told[name]!.push(text) })
      b.onTold(text => { if (told['b']!.push(text) === 3) resolve() })
      const ear = hear(b)
      const texts = ['{"grüße":"🔔"}', '', 'x'.repeat(10_000)]
      for (const text of texts) a.tell(text)
      await promise
      a.publish(hint(1))
      t.same((await ear.until(heard => heard.length > 0)).map(({ from }) => from), [1])
      t.same(told, { a: [], b: texts, other: [] })
    })

    t.test('a closed one hears nothing and harms nobody', async t => {
      const { join } = await engine.open(t)
      const [a, b, c] = await Promise.all([join('epoch001'), join('epoch001'), join('epoch001')])
      const [closed, open] = [hear(b), hear(c)]
      await b.close()
      b.publish(hint(9))
      b.tell('nothing')
      a.publish(hint(1))
      t.same((await open.until(heard => heard.length > 0)).map(({ from }) => from), [1])
      t.same(closed.heard, [])
    })
  })
}
