import { test } from 'tap'
import { hashPassword, verifyPassword } from '../../src/identity/password.ts'

test('a hash is a PHC string of argon2id with a salt of its own', async t => {
  const [one, two] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')])
  t.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  t.not(one, two)
  t.notMatch(one, 'correct')
})

test('the right password verifies, any other does not', async t => {
  const phc = await hashPassword('correct horse')
  t.equal(await verifyPassword('correct horse', phc), true)
  for (const wrong of ['', 'correct hors', 'correct horse ', 'Correct horse', 'correct horse\0']) t.equal(await verifyPassword(wrong, phc), false, JSON.stringify(wrong))
})

test('long passwords and those beyond ASCII count whole', async t => {
  const long = 'ü🙂'.repeat(500)
  const phc = await hashPassword(long)
  t.equal(await verifyPassword(long, phc), true)
  t.equal(await verifyPassword(`${long}x`, phc), false)
})

test('the same characters in another normal form are the same password', async t => {
  const phc = await hashPassword('Gr\u00fc\u00dfe')
  t.equal(await verifyPassword('Gru\u0308\u00dfe', phc), true)
})

test('a hash made with other costs by another library verifies', async t => {
  // The reference implementation's: echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1
  const phc = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  t.equal(await verifyPassword('password', phc), true)
  t.equal(await verifyPassword('Password', phc), false)
})

test('what is no such string verifies nothing', async t => {
  for (const phc of ['', 'password', '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$AAAA', '$2b$10$abcdefghijklmnopqrstuv', '$argon2id$v=16$m=65536,t=2,p=1$c29tZXNhbHQ$AAAA']) {
    t.equal(await verifyPassword('password', phc), false, phc)
  }
})
