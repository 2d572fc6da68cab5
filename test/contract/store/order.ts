import { codeOf, draft, follow, upTo, wholeLog, type Part } from './engine.ts'

const WRITERS = 50
const WRITES = 12

export const order: Part = (t, engine) => {
  t.test('50 writers at once: seq is gapless and in commit order', async t => {
    const { store } = await engine.open(t)
    const committed = follow(store)
    const told: boolean[] = []
    const receipts = await Promise.all(upTo(WRITERS).map(async writer => {
      const own = []
      for (let write = 0; write < WRITES; write++) {
        const receipt = await store.notify(draft({ users: [`user-${writer}`] }))
        told.push(committed.some(({ seq }) => seq === receipt.seq))
        own.push(receipt)
      }
      return own
    }))

    t.same(committed.map(({ seq }) => seq), upTo(WRITERS * WRITES), 'onCommit tells of every number once, in order')
    t.ok(told.every(Boolean), 'onCommit comes before a write resolves')
    t.same(await wholeLog(store), committed, 'what is read is what was told')
    t.equal(await store.head(), WRITERS * WRITES)
    t.equal(await store.floor(), 0)
    for (const own of receipts) {
      t.same(own.map(({ seq }) => seq), own.map(({ seq }) => seq).sort((a, b) => a - b), 'a writer\'s own writes keep their order')
      t.same(own.map(({ seq }) => committed[seq - 1]!.id), own.map(({ id }) => id), 'a receipt names its event')
    }
  })

  t.test('50 writers at once, every third write failing: still gapless', async t => {
    const { store } = await engine.open(t)
    const committed = follow(store)
    const user = { id: 'taken', username: 'taken', role: 'user', company: null, passwordHash: null }
    await store.createUser(user)
    const codes = await Promise.all(upTo(WRITERS).flatMap(writer => upTo(6).map(write => {
      if (write % 3 > 0) return codeOf(store.notify(draft({ all: true })))
      // Fails after its event has taken a number.
      if (writer % 2 === 0) return codeOf(store.createUser({ ...user, username: `${writer}.${write}` }))
      return codeOf(store.recall('nothing'))
    })))

    t.equal(codes.filter(code => code === undefined).length, WRITERS * 4)
    t.same(committed.map(({ seq }) => seq), upTo(WRITERS * 4 + 1))
    t.same(await wholeLog(store), committed)
  })

  t.test('one failing write in a batch fails alone', async t => {
    const { store } = await engine.open(t)
    await store.createUser({ id: 'alice', username: 'alice', role: 'admin', company: null, passwordHash: null })
    const commits: { seqs: number[], writes: number }[] = []
    store.onCommit((events, { writes }) => { commits.push({ seqs: events.map(({ seq }) => seq), writes }) })
    const twin = draft({ all: true })
    const outcomes = await Promise.all([
      store.notify(draft({ all: true })).then(({ seq }) => seq),
      // Fails when its event is written already: no user is without a role.
      codeOf(store.createUser({ id: 'other', username: 'other', role: null as never, company: null, passwordHash: null })),
      store.notify(twin).then(({ seq }) => seq),
      codeOf(store.notify({ ...twin, digest: 'other' })),
      codeOf(store.recall('nothing')),
      codeOf(store.removeUser('alice')),
      store.readAll('alice', null, null),
      store.notify(draft({ all: true })).then(({ seq }) => seq)
    ])

    t.same(outcomes, [2, 'BLF_INTERNAL', 3, 'BLF_ID_CONFLICT', 'BLF_NOTIFICATION_NOT_FOUND', 'BLF_LAST_ADMIN', { count: 2, unread: 0, unseen: 2, seq: 4, hasChanged: true }, 5])
    t.same(commits, [{ seqs: [2, 3, 4, 5], writes: 8 }], 'and all shared one commit')
    t.equal(await store.userByName('other'), undefined)
  })

  t.test('a batch of failures commits nothing', async t => {
    const { store } = await engine.open(t)
    const committed = follow(store)
    t.same(await Promise.all([codeOf(store.recall('a')), codeOf(store.removeUser('b'))]), ['BLF_NOTIFICATION_NOT_FOUND', 'BLF_USER_NOT_FOUND'])
    t.equal(await store.head(), 0)
    t.equal((await store.notify(draft({ all: true }))).seq, 1)
    t.equal(committed.length, 1)
  })

  t.test('a read sees every write that was resolved before it', async t => {
    const { store } = await engine.open(t)
    await Promise.all(upTo(WRITERS).map(async writer => {
      const id = `user-${writer}`
      await store.applyClaims({ id, role: 'user', company: null, iat: 1 })
      const { seq, ...receipt } = await store.notify(draft({ users: [id] }))
      const view = await store.inbox(id, { limit: 10 })
      t.same(view.entries.map(entry => entry.seq), [seq])
      t.ok(view.seq >= seq, 'and says how far it saw')
      await store.mark(id, 'read', [receipt.id])
      t.equal((await store.unread(id)).count, 0)
      t.equal((await store.user(id))?.id, id)
      t.ok(await store.head() >= seq)
    }))
  })
}
