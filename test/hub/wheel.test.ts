import { test } from 'tap'
import { Wheel, type Deadline } from '../../src/hub/wheel.ts'

function ticking () {
  const wheel = new Wheel()
  const ran: string[] = []
  const after = (seconds: number, name: string) => wheel.after(seconds, { due: () => ran.push(name) })
  /** Lets seconds pass; what ran in them. */
  const pass = (seconds: number) => {
    for (let second = 0; second < seconds; second++) wheel.tick()
    return ran.splice(0)
  }
  return { wheel, after, pass }
}

test('a deadline runs at its second, once', async t => {
  const { after, pass } = ticking()
  after(3, 'three')
  after(1, 'one')
  t.same(pass(1), ['one'])
  t.same(pass(1), [])
  t.same(pass(1), ['three'])
  t.same(pass(10), [])
})

test('parts of a second count as whole ones, and none is at once', async t => {
  const { after, pass } = ticking()
  for (const [seconds, name] of [[0.2, 'part'], [0, 'zero'], [-5, 'past'], [1.1, 'more']] as const) after(seconds, name)
  t.same(pass(1), ['part', 'zero', 'past'])
  t.same(pass(1), ['more'])
})

test('a cancelled deadline does not run', async t => {
  const { wheel, after, pass } = ticking()
  const deadline = after(2, 'cancelled')
  after(2, 'other')
  wheel.cancel(deadline)
  wheel.cancel(deadline)
  wheel.cancel(undefined)
  t.same(pass(5), ['other'])
})

test('a deadline may set and cancel others while it runs', async t => {
  const { wheel, after, pass } = ticking()
  const later = after(2, 'later')
  wheel.after(1, {
    due () {
      wheel.cancel(later)
      after(1, 'next')
    }
  })
  t.same(pass(1), [])
  t.same(pass(1), ['next'])
})

test('a stopped wheel has forgotten everything', async t => {
  const { wheel, after, pass } = ticking()
  wheel.start()
  after(1, 'never')
  wheel.stop()
  t.same(pass(5), [])
})

test('a started wheel turns by itself', async t => {
  const wheel = new Wheel()
  t.teardown(() => wheel.stop())
  wheel.start()
  // The wheel's own timer keeps no process alive.
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(alive))
  let deadline: Deadline | undefined
  const due = await new Promise<Deadline>(resolve => { deadline = wheel.after(1, { due: resolve }) })
  t.equal(due, deadline, 'whose owner is told which')
})
