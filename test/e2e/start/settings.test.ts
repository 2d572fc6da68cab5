import { readdir } from 'node:fs/promises'
import { test } from 'tap'
import { ConfigError, loadConfig, Settings } from '../../../src/config.ts'
import { newFolder, run } from '../process.ts'

/** A value that each setting cannot have, where there is one. */
const bad: Record<string, string> = {
  HOST: 'http://localhost',
  PORT: '70000',
  DATABASE_URL: 'mysql://db/belfry',
  REDIS_URL: 'redis://127.0.0.1:abc',
  JWT_SECRET: 'thirty-one-bytes-are-too-short.',
  JWT_PREVIOUS_SECRET: 'short',
  JWT_ROLE_CLAIM: 'a..b',
  JWT_COMPANY_CLAIM: '.company',
  JWT_GROUPS_CLAIM: 'groups.',
  JWT_EMAIL_CLAIM: '.email',
  JWKS_URL: 'keys.json',
  ACCESS_TOKEN_TTL: '0',
  SESSION_TTL: '99999999999999999999',
  REFRESH_TOKEN_TTL: 'a fortnight',
  ADMIN_USERNAME: 'a'.repeat(129),
  ADMIN_PASSWORD: 'short',
  ALLOWED_ORIGINS: 'https://app.example.com/path',
  TRUST_PROXY: '10.0.0.0/33',
  PUBLIC_URL: 'notifications.example.com',
  ICON_ORIGINS: 'https://icons.example.com/path',
  OUTBOUND_ALLOW: '10.0.0.0/0',
  OUTBOUND_ALLOW_HTTP: 'perhaps',
  VAPID_SUBJECT: 'mailto:root@localhost',
  VAPID_PRIVATE_KEY: 'hush',
  PUSH_AFTER: 'soon',
  SMTP_URL: 'smtp://mail.example.com:99999',
  MAIL_FROM: 'Belfry',
  MAIL_AFTER: '-1',
  CONSOLE: 'maybe',
  LOG_LEVEL: 'loud',
  RETENTION_DAYS: '0',
  ACKNOWLEDGE_DAYS: '-1',
  MAX_SCHEDULE_DAYS: '0',
  MAX_SCHEDULED: '0',
  MAX_GROUPS_PER_USER: '0',
  MAX_GROUP_MEMBERS: '0',
  RATE_LIMIT: '-1',
  KEY_RATE_LIMIT: 'unlimited',
  LOGIN_RATE_LIMIT: '1.5',
  MAX_CONNECTIONS: '0',
  MAX_CONNECTIONS_PER_USER: 'many',
  MAX_SOCKET_BUFFER: '1024',
  COMPRESSION: 'maybe',
  DRAIN_SECONDS: 'ten'
}
const anyText = ['JWT_ISSUER', 'JWT_AUDIENCE']

test('there is a bad value here for every setting that can have one', async t => {
  t.same([...Object.keys(bad), ...anyText].sort(), Object.keys(Settings.properties).sort())
})

const says = (name: string) => `${name} must be ${Settings.properties[name as keyof typeof Settings.properties].description}`

test('a bad value is refused with a line that names the setting and says what it must be', async t => {
  for (const [name, value] of Object.entries(bad)) t.throws(() => loadConfig({ [name]: value }), new ConfigError(says(name)), name)
})

test('bad values stop the start, all of them with one line', async t => {
  const folder = await newFolder(t)
  const { code, out, err } = await run(t, { folder, env: bad })
  t.same({ code, out, lines: err.length }, { code: 1, out: [], lines: 1 })
  const left = Object.keys(bad).reduce((text, name) => text.replace(says(name), ''), err[0]!)
  t.equal(left, `belfry: ${'; '.repeat(Object.keys(bad).length - 1)}`, 'each once, and nothing else')
  t.same(await readdir(folder), [], 'nothing was made')
})

test('several are said in one line; a value is not repeated, it may be a secret', async t => {
  const folder = await newFolder(t)
  const { code, err } = await run(t, { folder, env: { PORT: 'http', ADMIN_PASSWORD: 'hush', LOG_LEVEL: '' } })
  t.equal(code, 1)
  t.equal(err.length, 1)
  t.match(err[0], /PORT must be .+; ADMIN_PASSWORD must be /)
  t.notMatch(err[0], /hush|LOG_LEVEL/)
})

test('with PostgreSQL the secret must be given', async t => {
  const folder = await newFolder(t)
  const { code, err } = await run(t, { folder, env: { DATABASE_URL: 'postgres://localhost/belfry' } })
  t.same({ code, lines: err.length }, { code: 1, lines: 1 })
  t.match(err[0], /^belfry: JWT_SECRET must be given/)
})
