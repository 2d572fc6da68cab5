import Fastify from 'fastify'
import { test } from 'tap'
import { ConfigError, loadConfig, Settings, warningsOf } from '../src/config.ts'
import { newPushKey } from '../src/settings/push.ts'

test('without an environment the defaults are those of the contract', async t => {
  t.same(loadConfig({}), {
    HOST: '127.0.0.1',
    PORT: 8000,
    DATABASE_URL: 'sqlite:./data/belfry.db',
    JWT_ISSUER: 'belfry',
    JWT_AUDIENCE: 'belfry',
    JWT_ROLE_CLAIM: 'role',
    JWT_COMPANY_CLAIM: 'company',
    JWT_GROUPS_CLAIM: 'groups',
    JWT_EMAIL_CLAIM: 'email',
    ACCESS_TOKEN_TTL: 900,
    REFRESH_TOKEN_TTL: 1_209_600,
    SESSION_TTL: 7_776_000,
    ADMIN_USERNAME: 'admin',
    ALLOWED_ORIGINS: [],
    ICON_ORIGINS: [],
    OUTBOUND_ALLOW: [],
    OUTBOUND_ALLOW_HTTP: false,
    PUSH_AFTER: 30,
    MAIL_AFTER: 900,
    CONSOLE: 'on',
    TRUST_PROXY: [],
    LOG_LEVEL: 'info',
    RETENTION_DAYS: 30,
    ACKNOWLEDGE_DAYS: 400,
    MAX_SCHEDULE_DAYS: 90,
    MAX_SCHEDULED: 100_000,
    RATE_LIMIT: 600,
    KEY_RATE_LIMIT: 60_000,
    LOGIN_RATE_LIMIT: 10,
    MAX_CONNECTIONS: 50_000,
    MAX_CONNECTIONS_PER_USER: 20,
    MAX_GROUPS_PER_USER: 200,
    MAX_GROUP_MEMBERS: 100_000,
    MAX_SOCKET_BUFFER: 1_048_576,
    COMPRESSION: false,
    DRAIN_SECONDS: 10
  })
})

test('an empty value counts as absent, and what is no setting is ignored', async t => {
  t.same(loadConfig({ PORT: '', JWT_SECRET: '', PATH: '/bin', port: '1' }), loadConfig({}))
})

test('lists are taken apart, and origins written as browsers write them', async t => {
  const { ALLOWED_ORIGINS: origins, TRUST_PROXY: proxies } = loadConfig({
    ALLOWED_ORIGINS: 'https://App.Example.com , http://localhost:3000/, https://b.example:443',
    TRUST_PROXY: '10.0.0.0/8, ::1,fd00::/8 , 192.0.2.1'
  })
  t.same(origins, ['https://app.example.com', 'http://localhost:3000', 'https://b.example'])
  t.same(proxies, ['10.0.0.0/8', '::1', 'fd00::/8', '192.0.2.1'])
})

test('an entry of TRUST_PROXY that is accepted here is one that the server can be made with', async t => {
  for (const entry of ['10.0.0.0/8', '10.0.0.0/08', '1.2.3.4/32', '0.0.0.0/1', '::1', '::/1', '::ffff:10.0.0.1', '::ffff:10.0.0.0/104']) {
    const { TRUST_PROXY: trustProxy } = loadConfig({ TRUST_PROXY: entry })
    t.doesNotThrow(() => Fastify({ trustProxy }), entry)
  }
})

test('the public address has no slash at its end', async t => {
  t.equal(loadConfig({ PUBLIC_URL: 'https://Example.com' }).PUBLIC_URL, 'https://example.com')
  t.equal(loadConfig({ PUBLIC_URL: 'http://example.com:8080/a/belfry/' }).PUBLIC_URL, 'http://example.com:8080/a/belfry')
})

/** Values beside what a setting's schema allows. */
function outside ({ type, minimum, maximum, minLength, maxLength, enum: values }: any): string[] {
  if (type === 'integer') return [String(minimum - 1), String(maximum + 1), '99999999999999999999', 'many', `${minimum}.5`]
  if (type === 'boolean') return ['maybe', '2']
  return [...(maxLength ? ['x'.repeat(maxLength + 1)] : []), ...(minLength > 1 ? ['x'.repeat(minLength - 1)] : []), ...(values ? [`${values[0]}x`] : [])]
}

test('whatever is outside of a schema is refused with the name and every bound', async t => {
  for (const [name, schema] of Object.entries(Settings.properties) as [string, any][]) {
    const bounds = [schema.minimum, schema.maximum, schema.maxLength].filter(bound => bound !== undefined)
    for (const bound of bounds) t.match(schema.description, new RegExp(`\\b${bound}\\b`), `${name} says ${bound}`)
    for (const value of outside(schema)) {
      t.throws(() => loadConfig({ [name]: value }), { message: `${name} must be ${schema.description}` }, `${name}=${value.slice(0, 40)}`)
    }
  }
})

test('every address is looked at before anything is made', async t => {
  const schemes: Record<string, string> = { DATABASE_URL: 'postgres', REDIS_URL: 'redis', JWKS_URL: 'http', PUBLIC_URL: 'http', SMTP_URL: 'smtp' }
  t.same(Object.keys(schemes), Object.keys(Settings.properties).filter(name => name.endsWith('_URL')))
  for (const [name, scheme] of Object.entries(schemes)) {
    const { description } = Settings.properties[name as keyof typeof Settings.properties]
    for (const rest of ['127.0.0.1:abc', '127.0.0.1:99999', '[::1', 'a b:80']) {
      t.throws(() => loadConfig({ [name]: `${scheme}://${rest}`, PORT: 'x' }, { needsSecret: false }), { message: `PORT must be ${Settings.properties.PORT.description}; ${name} must be ${description}` }, `${name}: ${rest}`)
    }
    t.doesNotThrow(() => loadConfig({ [name]: `${scheme}://127.0.0.1:8080`, MAIL_FROM: 'belfry@example.com' }, { needsSecret: false }))
  }
  t.throws(() => loadConfig({ REDIS_URL: 'redis://:100%@h' }), /^REDIS_URL must/)
  for (const url of ['postgres://u@/db', 'postgres:///db?host=/tmp', 'postgresql://u:p%23@h:5432/db?sslmode=require', 'sqlite:./a b.db', 'sqlite::memory:']) {
    t.equal(loadConfig({ DATABASE_URL: url }, { needsSecret: false }).DATABASE_URL, url)
  }
})

test('what cannot do what is expected of it is warned of', async t => {
  const warnings = (env: Record<string, string>) => warningsOf(env, loadConfig(env)).map(line => line.split(' ')[0])
  const secret = 'x'.repeat(32)
  t.same(warnings({ JWT_SECRET: secret, JWT_PREVIOUS_SECRET: secret, SESSION_TTL: '60', ACCESS_TOKEN_TTL: '61', REFRESH_TOKEN_TTL: '61' }), ['JWT_PREVIOUS_SECRET', 'ACCESS_TOKEN_TTL', 'REFRESH_TOKEN_TTL'])
  t.same(warnings({ SMTP_URL: 'smtps://u%40x:p@mail.example.com', MAIL_FROM: 'Belfry <belfry@example.com>' }), ['PUBLIC_URL'])
  t.same(warnings({ SMTP_URL: 'smtp://[::1]:25', MAIL_FROM: '"Belfry, Inc." <belfry@example.com>', PUBLIC_URL: 'https://a.example' }), [])
  t.same(warnings({ MAIL_FROM: 'belfry@example.com' }), ['MAIL_FROM'])
  t.same(warnings({ JWT_SECRET: secret, JWT_PREVIOUS_SECRET: 'y'.repeat(32), SESSION_TTL: '60', ACCESS_TOKEN_TTL: '60' }), [])
  const key = newPushKey()
  t.same(warnings({ VAPID_SUBJECT: 'https://example.com', PUSH_AFTER: '9' }), ['PUSH_AFTER'])
  t.same(warnings({ VAPID_PRIVATE_KEY: key, PUSH_AFTER: '9' }), ['VAPID_PRIVATE_KEY', 'PUSH_AFTER'])
  t.same(warnings({ MAIL_AFTER: '5', OUTBOUND_ALLOW_HTTP: 'true' }), ['MAIL_AFTER', 'OUTBOUND_ALLOW_HTTP'])
  t.same(warnings({ OUTBOUND_ALLOW_HTTP: 'false' }), [])
  t.same(warnings({ OUTBOUND_ALLOW: '10.0.0.0/8', OUTBOUND_ALLOW_HTTP: 'true' }), [])
  t.same(warnings({ VAPID_SUBJECT: 'https://example.com', VAPID_PRIVATE_KEY: key, PUSH_AFTER: '10' }), [])
})

test('what needs another setting says so', async t => {
  t.throws(() => loadConfig({ SMTP_URL: 'smtps://mail.example.com' }), { message: 'MAIL_FROM must be given with SMTP_URL: mails need a sender' })
})

test('what cannot be used is refused by name', async t => {
  const bad: [string, string][] = [
    ['HOST', 'a b'], ['HOST', 'http://localhost'],
    ['PORT', '-1'], ['PORT', '65536'], ['PORT', '80a'], ['PORT', '1.5'],
    ['DATABASE_URL', 'belfry.db'], ['DATABASE_URL', 'sqlite:'],
    ['JWT_SECRET', 'é'.repeat(15)],
    ['ADMIN_USERNAME', 'a\nb'], ['ADMIN_USERNAME', ' admin'], ['ADMIN_USERNAME', 'admin '], ['ADMIN_USERNAME', '. '],
    ['JWT_ROLE_CLAIM', 'a..b'], ['JWT_ROLE_CLAIM', '.a'], ['JWT_COMPANY_CLAIM', 'a.'], ['ADMIN_PASSWORD', '1234567'],
    ['ALLOWED_ORIGINS', '*'], ['ALLOWED_ORIGINS', 'example.com'], ['ALLOWED_ORIGINS', 'ftp://example.com'],
    ['ALLOWED_ORIGINS', 'https://a.example,https://b.example/path'], ['ALLOWED_ORIGINS', 'https://me@a.example'], ['ALLOWED_ORIGINS', 'https://['],
    ['TRUST_PROXY', 'true'], ['TRUST_PROXY', '0.0.0.0/0'], ['TRUST_PROXY', '::/0'], ['TRUST_PROXY', 'fe80::1%eth0'], ['TRUST_PROXY', '10.0.0.0/00'], ['TRUST_PROXY', '10.0.0.0/33'], ['TRUST_PROXY', '999.0.0.1'], ['TRUST_PROXY', '::1/129'], ['TRUST_PROXY', '10.0.0.0/8/8'],
    ['PUBLIC_URL', 'example.com'], ['PUBLIC_URL', '/belfry'], ['PUBLIC_URL', 'ftp://example.com'], ['PUBLIC_URL', 'https://me@example.com'],
    ['PUBLIC_URL', 'https://example.com/?'], ['PUBLIC_URL', 'https://example.com/#x'],
    ['LOG_LEVEL', 'INFO'],
    ['SMTP_URL', 'smtp.example.com'], ['SMTP_URL', 'http://smtp.example.com'], ['SMTP_URL', 'smtp://'], ['SMTP_URL', 'smtp://host/path'], ['SMTP_URL', 'smtp://host?debug=true'], ['SMTP_URL', 'smtp://u:100%@host'],
    ['MAIL_FROM', 'belfry'], ['MAIL_FROM', 'Belfry belfry@example.com'], ['MAIL_FROM', 'a@example.com, b@example.com'], ['MAIL_FROM', 'Belfry\r\nBcc: eve@example.com <a@example.com>'], ['MAIL_FROM', '<a@example.com> <b@example.com>'], ['MAIL_FROM', '"Belfry <a@example.com>'],
    ['ACCESS_TOKEN_TTL', '0'], ['MAX_SOCKET_BUFFER', '65535'], ['RATE_LIMIT', 'off'], ['COMPRESSION', 'gzip'], ['DRAIN_SECONDS', '-1'],
    ['VAPID_SUBJECT', 'mailto:ops@localhost'], ['VAPID_SUBJECT', 'https://localhost'], ['VAPID_SUBJECT', 'ops@example.com'], ['VAPID_PRIVATE_KEY', 'A'.repeat(43)], ['VAPID_PRIVATE_KEY', 'short'], ['PUSH_AFTER', '-1'], ['PUSH_AFTER', '86401']
  ]
  for (const [name, value] of bad) {
    t.throws(() => loadConfig({ [name]: value }), new ConfigError(), `${name}=${value}`)
    t.throws(() => loadConfig({ [name]: value }), { message: new RegExp(`^${name} must be [^\n]+$`) })
  }
})

test('everything that is wrong is said at once, whatever finds it', async t => {
  const bad = { PORT: 'http', JWT_SECRET: 'short', ALLOWED_ORIGINS: 'example.com', TRUST_PROXY: 'true', LOG_LEVEL: 'loud' }
  t.throws(() => loadConfig(bad), { message: /^PORT must .*; LOG_LEVEL must .*; JWT_SECRET must .*; ALLOWED_ORIGINS must .*; TRUST_PROXY must [^;]*$/ })
  t.throws(() => loadConfig({ DATABASE_URL: 'postgres://x', JWT_SECRET: 'x'.repeat(32), VAPID_SUBJECT: 'https://example.com' }), { message: /^VAPID_PRIVATE_KEY must be given/ })
  t.throws(() => loadConfig({ DATABASE_URL: 'postgres://x', PORT: 'x' }), { message: /PORT must .*; JWT_SECRET must be given/ })
})

test('a secret counts in bytes', async t => {
  t.equal(loadConfig({ JWT_SECRET: 'é'.repeat(16) }).JWT_SECRET, 'é'.repeat(16))
})
