import { codeOf, draft, follow, upTo, type Part } from './engine.ts'

export const retries: Part = (t, engine) => {
  t.test('the same id with the same content gets the first receipt again', async t => {
    const { store } = await engine.open(t)
    const committed = follow(store)
    const first = draft({ all: true })
    t.same(await store.notify(first), { id: first.id, seq: 1, stored: true })
    await store.notify(draft({ all: true }))
    t.same(await store.notify({ ...first, at: 5 }), { id: first.id, seq: 1, stored: false })
    t.equal(committed.length, 2)
  })

  t.test('the same id with other content, or from somebody else, is a conflict', async t => {
    const { store } = await engine.open(t)
    const first = draft({ all: true })
    await store.notify(first)
    t.equal(await codeOf(store.notify({ ...first, digest: 'other' })), 'BLF_ID_CONFLICT')
    t.equal(await codeOf(store.notify({ ...first, sender: 'user:mallory', digest: 'mallory' })), 'BLF_ID_CONFLICT')
    t.equal(await store.head(), 1)
    t.same(await store.notification(first.id), { id: first.id, sender: first.sender, scope: null, topic: null, isLate: false }, 'the first one stays')
  })

  t.test('what is new is stored among retries, and what comes under its id is a conflict', async t => {
    const { store } = await engine.open(t)
    const first = draft({ all: true })
    await store.notify(first)
    const fresh = [1, 2, 3].map(() => draft({ all: true }, { isNew: true, digest: '' }))
    const outcomes = await Promise.all([fresh[0]!, first, fresh[1]!, { ...fresh[0]!, isNew: false, digest: 'other' }, fresh[2]!].map(async given => {
      return await store.notify(given).catch(error => error.code)
    }))
    t.match(outcomes, [{ seq: 2, stored: true }, { seq: 1, stored: false }, { seq: 3, stored: true }, 'BLF_ID_CONFLICT', { seq: 4, stored: true }])
    t.equal(await store.head(), 4)
  })

  t.test('a batch of nothing but what is new is stored, in an empty log and in one that has forgotten', async t => {
    const { store } = await engine.open(t)
    const committed = follow(store)
    const fresh = (count: number) => Promise.all(Array.from({ length: count }, () => store.notify(draft({ all: true }, { isNew: true, digest: '', at: 0 }))))
    t.same((await fresh(3)).map(({ seq }) => seq), [1, 2, 3])
    t.same((await fresh(2)).map(({ seq }) => seq), [4, 5])
    await store.retain(1, 100)
    t.equal(await store.floor(), 5, 'all of it is forgotten')
    t.same((await fresh(2)).map(({ seq }) => seq), [6, 7])
    t.equal(await store.head(), 7)
    t.same((await store.events(0, 10)).map(({ seq }) => seq), [6, 7])
    t.same(committed.map(({ seq }) => seq), [1, 2, 3, 4, 5, 6, 7], 'what was stored was told of')
  })

  t.test('an idempotency key finds its first notification, whatever id the retry made up', async t => {
    const { store } = await engine.open(t)
    const first = draft({ all: true }, { idempotencyKey: 'order-1' })
    await store.notify(first)
    t.same(await store.notify({ ...first, id: 'made-up' }), { id: first.id, seq: 1, stored: false })
    t.equal(await codeOf(store.notify(draft({ all: true }, { idempotencyKey: 'order-1' }))), 'BLF_ID_CONFLICT', 'other content')
    t.same(await store.notification('made-up'), undefined)

    const another = draft({ all: true }, { idempotencyKey: 'order-1', sender: 'user:bob' })
    t.same(await store.notify(another), { id: another.id, seq: 2, stored: true }, 'a key is its principal\'s own')
  })

  t.test('under one label, the same content is a retry and other content is stored under an id of its own', async t => {
    const { store } = await engine.open(t)
    const committed = follow(store)
    const labelled = (digest: string, sender = 'user:root') => {
      return draft({ all: true }, { id: 'label', digest: `${sender} ${digest}`, sender, label: { text: 'label', otherId: `${sender} ${digest}` } })
    }
    t.same(await store.notify(labelled('one')), { id: 'label', seq: 1, stored: true }, 'the first has the label as its id')
    t.same(await store.notify(labelled('two')), { id: 'user:root two', seq: 2, stored: true })
    t.same(await store.notify(labelled('one', 'user:bob')), { id: 'user:bob one', seq: 3, stored: true }, 'a label is its principal\'s own')
    t.same(await store.notify(labelled('two')), { id: 'user:root two', seq: 2, stored: false })
    t.same(await store.notify(labelled('one')), { id: 'label', seq: 1, stored: false })
    t.same(committed.map(({ id, body }) => [id, JSON.parse(body).id]), ['label', 'user:root two', 'user:bob one'].map(id => [id, id]), 'the body has the same id')
    t.ok(await store.isRetry(labelled('two')))
    t.notOk(await store.isRetry(labelled('three')))

    const taken = draft({ all: true }, { id: 'sent' })
    await store.notify(taken)
    t.match(await store.notify(draft({ all: true }, { id: 'sent', label: { text: 'sent', otherId: 'other' } })), { id: 'other', stored: true })
    t.same(await store.notify(taken), { id: 'sent', seq: 4, stored: false })
    t.equal(await codeOf(store.notify(draft({ all: true }, { id: 'label' }))), 'BLF_ID_CONFLICT', 'an id that is none stays strict')
  })

  t.test('a label outlives the notification that had it as its id', async t => {
    const { store } = await engine.open(t)
    const labelled = (digest: string, at: number) => draft({ all: true }, { id: 'label', digest, at, label: { text: 'label', otherId: digest } })
    await store.notify(labelled('one', 0))
    await store.notify(labelled('two', 5))
    t.equal(await store.retain(1, 100), 1)
    t.same(await store.notify(labelled('two', 6)), { id: 'two', seq: 2, stored: false })
    t.match(await store.notify(labelled('three', 6)), { id: 'label', stored: true }, 'which is free again')
  })

  t.test('many under one label at once: the same are one, others are each their own', async t => {
    const { store } = await engine.open(t)
    const receipts = await Promise.all(upTo(40).map(number => {
      const digest = `content ${number % 4}`
      return store.notify(draft({ all: true }, { id: 'label', digest, label: { text: 'label', otherId: `other-${number}` } }))
    }))
    for (const [index, { id }] of receipts.entries()) t.equal(id, receipts[index % 4]!.id)
    t.equal(receipts.filter(({ stored }) => stored).length, 4)
    t.equal(await store.head(), 4)
  })

  t.test('the same id 20 times at once is stored once', async t => {
    const { store } = await engine.open(t)
    const committed = follow(store)
    const first = draft({ all: true })
    const receipts = await Promise.all(upTo(20).map(() => store.notify(first)))
    t.same(receipts.map(({ seq }) => seq), Array(20).fill(1))
    t.equal(receipts.filter(({ stored }) => stored).length, 1)
    t.same(committed.map(({ id }) => id), [first.id])
    t.equal(await store.head(), 1)
  })

  t.test('the same idempotency key 20 times at once is stored once', async t => {
    const { store } = await engine.open(t)
    const first = draft({ all: true }, { idempotencyKey: 'once' })
    const receipts = await Promise.all(upTo(20).map(number => store.notify({ ...first, id: `try-${number}` })))
    t.same(receipts.map(({ id }) => id), Array(20).fill('try-1'))
    t.equal(await store.head(), 1)
  })

  t.test('a retry of what was recalled brings nothing back', async t => {
    const { store } = await engine.open(t)
    await store.applyClaims({ id: 'alice', role: 'user', company: null, iat: 1 })
    const first = draft({ users: ['alice'] })
    const { seq } = await store.notify(first)
    await store.recall(first.id)
    t.same(await store.notify(first), { id: first.id, seq, stored: false })
    t.same((await store.inbox('alice', { limit: 10 })).entries, [])
    t.equal(await codeOf(store.recall(first.id)), 'BLF_NOTIFICATION_NOT_FOUND')
  })

  t.test('what is known of a notification', async t => {
    const { store } = await engine.open(t)
    const sent = draft({ companies: ['a'] }, { sender: 'user:alice', scope: 'a' })
    await store.notify(sent)
    t.same(await store.notification(sent.id), { id: sent.id, sender: 'user:alice', scope: 'a', topic: null, isLate: false })
    t.equal(await store.notification('nothing'), undefined)
    await store.recall(sent.id)
    t.equal(await store.notification(sent.id), undefined)
  })
}
