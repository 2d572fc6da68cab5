import { test } from 'tap'
import { PushGate, type Pass, type PutOff } from '../../../src/outbound/push/gate.ts'
import { PACE, PushServices } from '../../../src/outbound/push/services.ts'

const a = 'https://a.example'
const b = 'https://b.example'

function open () {
  const services = new PushServices()
  const gate = new PushGate(services)
  const ended = new AbortController()
  /** What became of each that asked: undefined for one that waits. */
  const ask = async (origin: string, count = 1, signal = ended.signal) => {
    const asked: (Pass | PutOff | 'aborted' | undefined)[] = Array.from({ length: count }, () => undefined)
    for (let index = 0; index < count; index++) gate.enter(origin, signal).then(leave => { asked[index] = leave }, () => { asked[index] = 'aborted' })
    await settled()
    return asked
  }
  const pass = async (origin: string) => (await ask(origin))[0] as Pass
  /** One that answers as soon as that. */
  const answers = async (origin: string, tookMs: number) => {
    const one = await pass(origin)
    one.end(true, tookMs)
  }
  return { gate, services, ask, pass, answers }
}

const settled = () => new Promise(resolve => { setImmediate(resolve) })
const kinds = (asked: (Pass | PutOff | 'aborted' | undefined)[]) => {
  const count = Map.groupBy(asked, leave => leave === undefined ? 'waits' : leave === 'aborted' ? leave : 'end' in leave ? leave.isPrompt ? 'prompt' : 'late' : 'put off')
  return Object.fromEntries([...count].map(([kind, of]) => [kind, of.length]))
}

test('of a push service of which nothing is known, one call says for all how it answers', async t => {
  const { ask } = open()
  const asked = await ask(a, 40)
  t.same(kinds(asked), { prompt: 1, waits: 39 })
  t.same(kinds(await ask(b)), { prompt: 1 }, 'another has a call of its own')
  ;(asked[0] as Pass).end(true, 1)
  await settled()
  t.same(kinds(asked.slice(1)), { prompt: 32, waits: 7 }, 'it answers in time: many at once')
  ;(asked[1] as Pass).end(true, 1)
  await settled()
  t.same(kinds(asked.slice(2)), { prompt: 32, waits: 6 })
})

test('one that is silent holds up only what is for it', async t => {
  const { ask, answers } = open()
  const asked = await ask(a, 40)
  ;(asked[0] as Pass).isLate()
  await settled()
  t.same(kinds(asked.slice(1)), { 'put off': 39 })
  t.same(kinds(await ask(a)), { 'put off': 1 }, 'one call is enough')
  await answers(b, 1)
  t.same(kinds(await ask(b, 32)), { prompt: 32 })
  ;(asked[0] as Pass).end(false, 15_000)
  const [again] = await ask(a)
  t.same(kinds([again]), { late: 1 }, 'nobody waits for it any more')
  ;(again as Pass).end(true, 1)
  t.same(kinds(await ask(a, 9)), { prompt: 9 }, 'until it answers in time')
})

test('one that answers late is called by many at once, for which nobody waits', async t => {
  const { ask, answers } = open()
  await answers(a, PACE.lateMs)
  t.same(kinds(await ask(a, 40)), { late: 32, 'put off': 8 })
})

test('one that answers some at once and others never does not get all the room', async t => {
  const { ask, answers } = open()
  await answers(a, 1)
  for (const leave of await ask(a, 8)) (leave as Pass).isLate()
  await answers(a, 1)
  t.same(kinds(await ask(a, 40)), { late: 24, 'put off': 16 })
  await answers(b, 1)
  t.same(kinds(await ask(b, 32)), { prompt: 32 })
})

test('however many are silent, those that answer have room', async t => {
  const { ask, answers } = open()
  await answers(b, 1)
  for (let number = 0; number < 256; number++) for (const leave of await ask(`https://${number}.example`)) (leave as Pass).isLate()
  t.same(kinds(await ask('https://one-more.example')), { 'put off': 1 })
  t.same(kinds(await ask(b, 32)), { prompt: 32 })
})

test('one that refuses connections holds up nobody, and is left alone after some calls', async t => {
  const { services, pass, ask } = open()
  for (let count = 0; count < 8; count++) {
    const one = await pass(a)
    t.ok(one.isPrompt)
    services.unanswered(a)
    one.end(false, 1)
  }
  const [last] = await ask(a)
  t.ok((last as PutOff).putOffMs > 29_000)
})

test('what waits is put off when the gate closes, or left when it is broken off', async t => {
  const { gate, ask } = open()
  const asked = await ask(a, 2)
  const aborted = new AbortController()
  const third = await ask(a, 1, aborted.signal)
  aborted.abort()
  await settled()
  t.same(third, ['aborted'])
  t.same(await ask(a, 1, aborted.signal), ['aborted'])
  gate.close()
  await settled()
  t.same([asked[1], ...await ask(b)], [{ putOffMs: 0 }, { putOffMs: 0 }])
})
