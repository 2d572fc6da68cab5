import { test } from 'tap'
import { Wheel, type Deadline } from '../../src/hub/wheel.ts'

/** Both clocks, in seconds, as a test sets them. */
const time = { awake: 0, wall: 0 }

function ticking () {
  Object.assign(time, { awake: 500, wall: 1_000_000 })
  const wheel = new Wheel({ monotonic: () => time.awake * 1000, wall: () => time.wall * 1000 })
  const ran: string[] = []
  const after = (seconds: number, name: string) => wheel.after(seconds, { due: () => ran.push(name) })
  const at = (second: number, name: string) => wheel.at(second, { due: () => ran.push(name) })
  /** Sets the clocks onwards and ticks once; what ran. */
  const leap = ({ awake = 0, wall = 0 }) => {
    time.awake += awake
    time.wall += wall
    wheel.tick()
    return ran.splice(0)
  }
  /** Lets seconds pass; what ran in them. */
  const pass = (seconds: number) => Array.from({ length: seconds }, () => leap({ awake: 1, wall: 1 })).flat()
  return { wheel, after, at, leap, pass }
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

test('a deadline is never early: what is left of a second when it is set is not counted', async t => {
  const { after, leap } = ticking()
  leap({ awake: 0.9 })
  after(5, 'five')
  t.same([1, 1, 1, 1].flatMap(awake => leap({ awake })), [], '4.0 s later')
  t.same(leap({ awake: 0.9 }), [], '4.9 s later')
  t.same(leap({ awake: 1 }), ['five'])
})

test('what the process slept through is no time that a peer had', async t => {
  const { after, pass, leap } = ticking()
  after(25, 'heartbeat')
  t.same(leap({ awake: 3600, wall: 3600 }), [])
  t.same(pass(22), [])
  t.same(pass(1), ['heartbeat'], 'two seconds of that hour are counted')
})

test('the wall clock counts however it got there', async t => {
  const { at, pass, leap } = ticking()
  const far = { awake: 1, wall: 86_400 * 365 }
  for (const second of [1_000_010, 1_000_020, 1_000_005]) at(second, String(second))
  at(1_000_000 + far.wall + 30, 'next year')
  t.same(leap({ wall: 12 }), ['1000005', '1000010'], 'suspended, or set: in order')
  at(1_000_003, 'past')
  t.same(leap({}), [], 'the second is the same')
  t.same(leap({ wall: 1 }), ['past'])
  t.same(leap({ wall: -100 }), [], 'set back')
  at(999_920, 'soon')
  t.same(pass(6), [])
  t.same(pass(1), ['soon'])
  t.same(leap(far), ['1000020'])
  t.same(leap({ wall: 200 }), ['next year'])
})

test('of those that are due together one may cancel another', async t => {
  const { wheel, pass } = ticking()
  const ran: string[] = []
  const deadlines: Deadline[] = []
  for (const name of ['one', 'two']) deadlines.push(wheel.after(1, { due () { ran.push(name); deadlines.forEach(other => wheel.cancel(other)) } }))
  pass(3)
  t.same(ran, ['one'])
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
