import { test } from 'tap'
import { Guard } from '../../../src/outbound/client/guard.ts'

/** Ways to write an address that is not of the public internet. */
const DISGUISES = [
  'https://127.0.0.1', 'https://127.1', 'https://0x7f.1', 'https://0x7f000001', 'https://2130706433', 'https://0177.0.0.1', 'https://017700000001', 'https://127.0.0.1.', 'https://１２７.０.０.１',
  'https://localhost', 'https://LOCALHOST.', 'https://app.localhost', 'https://0', 'https://0.0.0.0', 'https://10.1.2.3', 'https://100.64.0.1', 'https://169.254.169.254', 'https://0xa9fea9fe',
  'https://172.16.0.1', 'https://172.31.255.255', 'https://192.168.1.1', 'https://192.0.2.1', 'https://198.18.0.1', 'https://224.0.0.1', 'https://255.255.255.255',
  'https://[::1]', 'https://[::]', 'https://[::ffff:10.0.0.1]', 'https://[::ffff:7f00:1]', 'https://[::7f00:1]', 'https://[64:ff9b::a00:1]', 'https://[64:ff9b:1::1]', 'https://[2002:a00:1::]', 'https://[2001::1]',
  'https://[fe80::1]', 'https://[fd00:ec2::254]', 'https://[ff02::1]', 'https://[0:0:0:0:0:ffff:a9fe:a9fe]', 'https://[2001:db8::1]', 'https://[3fff::1]',
  'https://192.88.99.1', 'https://240.0.0.1', 'https://[::ffff:0:10.0.0.1]', 'https://[100::1]', 'https://[5f00::1]'
]
const OTHERS = [
  'http://example.com', 'ftp://example.com', 'file:///etc/passwd', 'javascript:alert(1)', 'https://user@example.com', 'https://user:pass@example.com', 'https://:pass@example.com',
  'https://example.com:25', 'https://example.com:0', 'https://', 'example.com', '//example.com', 'https://exa mple.com', 'https://[::1', ''
]

const resolving = (...addresses: string[]) => (_hostname: string, _options: unknown, callback: (error: null, addresses: { address: string, family: number }[]) => void) => {
  callback(null, addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 })))
}

/** What a name that stands for these addresses may be connected to. */
async function lookUp (guard: Guard, url: string, options: object = { all: true }): Promise<unknown> {
  return await new Promise((resolve, reject) => {
    guard.lookupFor(new URL(url).protocol)('example.com', options, (error, ...found) => error ? reject(error) : resolve(found))
  })
}

test('what is not of the public internet is refused, however it is written', async t => {
  const guard = new Guard()
  t.ok(DISGUISES.length >= 30)
  for (const url of [...DISGUISES, ...OTHERS]) t.throws(() => guard.check(url), { code: 'BLOCKED' }, url)
  for (const url of ['https://example.com', 'https://example.com:8443/a?b', 'https://8.8.8.8', 'https://[2606:4700::1111]', 'https://172.32.0.1', 'https://11.0.0.1', 'https://localhost.example.com']) t.equal(guard.check(url).protocol, 'https:', url)
})

test('a name is judged by all it stands for, whenever it is resolved', async t => {
  for (const addresses of [['10.0.0.1'], ['8.8.8.8', '10.0.0.1'], ['2606:4700::1111', '::1'], ['::ffff:10.0.0.1'], ['169.254.169.254'], ['fe80::1%eth0'], []]) {
    await t.rejects(lookUp(new Guard({ resolve: resolving(...addresses) }), 'https://example.com'), { code: 'BLOCKED' }, addresses.join())
  }
  const open = new Guard({ resolve: resolving('8.8.8.8', '2606:4700::1111') })
  t.same(await lookUp(open, 'https://example.com'), [[{ address: '8.8.8.8', family: 4 }, { address: '2606:4700::1111', family: 6 }]])
  t.same(await lookUp(open, 'https://example.com', {}), ['8.8.8.8', 4])
  const failing = new Guard({ resolve: (_hostname, _options, callback) => callback(Object.assign(new Error('none'), { code: 'ENOTFOUND' }), []) })
  await t.rejects(lookUp(failing, 'https://example.com'), { code: 'ENOTFOUND' })
})

test('an operator opens some addresses, and to them alone plain http', async t => {
  const allow = ['10.1.0.0/16', '127.0.0.1', 'fd00::/8']
  const guard = new Guard({ allow, allowHttp: true, resolve: resolving('10.1.2.3') })
  for (const url of ['https://10.1.2.3', 'http://10.1.2.3', 'http://127.0.0.1:8000', 'http://localhost:8000', 'http://[fd00::1]', 'http://internal.example']) t.ok(guard.check(url), url)
  for (const url of ['http://10.2.0.1', 'https://10.2.0.1', 'http://8.8.8.8', 'https://127.0.0.2', 'http://[::1]', 'https://[::ffff:10.1.2.3]']) t.throws(() => guard.check(url), { code: 'BLOCKED' }, url)
  t.ok(await lookUp(guard, 'http://internal.example'))
  await t.rejects(lookUp(new Guard({ allow, allowHttp: true, resolve: resolving('8.8.8.8') }), 'http://public.example'), { code: 'BLOCKED' }, 'not over plain http to the public internet')
  t.throws(() => new Guard({ allow }).check('http://10.1.2.3'), { code: 'BLOCKED' })
  t.ok(new Guard({ allow }).check('https://10.1.2.3'))
})
