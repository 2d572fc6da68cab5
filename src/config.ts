import { isIP } from 'node:net'
import envSchema from 'env-schema'
import { Type, type Static } from '@sinclair/typebox'
import { EMAIL, MAX_NAME, NEW_NAME } from '../schemas/primitives.ts'
import { isPushKey, isPushSubject } from './settings/push.ts'

/** An integer setting; its description ends with its bounds. */
const whole = (minimum: number, maximum: number, fallback: number, description: string) => {
  return Type.Integer({ minimum, maximum, default: fallback, description: `${description}, ${minimum} to ${maximum}` })
}
const seconds = (fallback: number) => whole(1, 31_536_000, fallback, 'seconds')
const count = (minimum: number, fallback: number, what: string) => whole(minimum, 1_000_000_000, fallback, what)
/** The path of a claim, of which no step is empty. */
const claim = (fallback: string, what: string) => Type.String({
  pattern: '^[^.]+(\\.[^.]+)*$', maxLength: 256, default: fallback, description: `the claim that is the ${what}, 1 to 256 characters; a dot steps into an object, so none may be at an end or beside another`
})

/** One address for mail, as a part of a pattern. */
const ADDRESS = EMAIL.slice(1, -1)

/** Every setting, by the name of its environment variable. The error for a bad value contains the description. */
export const Settings = Type.Object({
  HOST: Type.String({ pattern: '^[A-Za-z0-9._:%-]+$', default: '127.0.0.1', description: 'the address to listen on, such as 127.0.0.1 or 0.0.0.0' }),
  PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 8000, description: 'a port from 0 to 65535; 0 picks a free one' }),
  DATABASE_URL: Type.String({
    pattern: '^(sqlite:.+|postgres(ql)?://.+)$',
    default: 'sqlite:./data/belfry.db',
    description: 'sqlite:<path>, sqlite::memory: or postgres://user:password@host:port/database'
  }),
  REDIS_URL: Type.Optional(Type.String({ pattern: '^rediss?://.+$', description: 'redis://host:port, or rediss://host:port with TLS, with a port from 1 to 65535' })),
  JWT_SECRET: Type.Optional(Type.String({ description: 'an HS256 key of 32 bytes or more' })),
  JWT_PREVIOUS_SECRET: Type.Optional(Type.String({ description: 'the previous JWT_SECRET, of 32 bytes or more' })),
  JWT_ISSUER: Type.String({ minLength: 1, default: 'belfry', description: 'the `iss` of every token' }),
  JWT_AUDIENCE: Type.String({ minLength: 1, default: 'belfry', description: 'the `aud` of every token' }),
  JWKS_URL: Type.Optional(Type.String({ pattern: '^https?://.+$', description: 'the http(s) address of a JSON Web Key Set, such as https://id.example.com/keys' })),
  JWT_ROLE_CLAIM: claim('role', 'role'),
  JWT_COMPANY_CLAIM: claim('company', 'company'),
  JWT_GROUPS_CLAIM: claim('groups', 'list of groups'),
  JWT_EMAIL_CLAIM: claim('email', 'verified address for mail'),
  ACCESS_TOKEN_TTL: seconds(900),
  REFRESH_TOKEN_TTL: seconds(1_209_600),
  SESSION_TTL: seconds(7_776_000),
  ADMIN_USERNAME: Type.String({
    maxLength: MAX_NAME, pattern: NEW_NAME, default: 'admin', description: 'the first platform admin\'s name, 1 to 128 visible characters without a space at either end'
  }),
  ADMIN_PASSWORD: Type.Optional(Type.String({ minLength: 8, maxLength: 1024, description: '8 to 1024 characters' })),
  ALLOWED_ORIGINS: Type.String({ default: '', description: 'browser origins such as https://app.example.com, comma-separated, without a path' }),
  TRUST_PROXY: Type.String({ default: '', description: 'addresses or CIDRs of proxies such as 10.0.0.0/8, comma-separated, with 1 bit or more' }),
  PUBLIC_URL: Type.Optional(Type.String({ maxLength: 2048, description: 'the http(s) address people reach the server under, such as https://example.com/belfry, of at most 2048 characters and without a query' })),
  ICON_ORIGINS: Type.String({ default: '', description: 'origins such as https://cdn.example.com whose images pages show as icons, comma-separated, without a path' }),
  CONSOLE: Type.Unsafe<'on' | 'off'>({ type: 'string', enum: ['on', 'off'], default: 'on', description: 'on or off: whether the pages of the inbox and the console are served' }),
  LOG_LEVEL: Type.Unsafe<string>({
    type: 'string',
    enum: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    default: 'info',
    description: 'fatal, error, warn, info, debug, trace or silent'
  }),
  RETENTION_DAYS: count(1, 30, 'days'),
  ACKNOWLEDGE_DAYS: whole(0, 36_500, 400, 'days'),
  MAX_SCHEDULE_DAYS: whole(1, 3_650, 90, 'days'),
  MAX_SCHEDULED: count(1, 100_000, 'notifications that wait for their time'),
  RATE_LIMIT: count(0, 600, 'requests a minute and principal (0 is off)'),
  KEY_RATE_LIMIT: count(0, 60_000, 'requests a minute and API key (0 is off)'),
  LOGIN_RATE_LIMIT: count(0, 10, 'logins a minute, per address and per username (0 is off)'),
  MAX_CONNECTIONS: count(1, 50_000, 'sockets and streams of this node'),
  MAX_CONNECTIONS_PER_USER: count(1, 20, 'sockets and streams of one user at all nodes together'),
  MAX_GROUPS_PER_USER: whole(1, 250, 200, 'groups of one user'),
  MAX_GROUP_MEMBERS: count(1, 100_000, 'members of one group'),
  MAX_SOCKET_BUFFER: count(65_536, 1_048_576, 'bytes'),
  COMPRESSION: Type.Boolean({ default: false, description: 'true or false: whether sockets may be compressed (permessage-deflate)' }),
  OUTBOUND_ALLOW: Type.String({ default: '', description: 'addresses or CIDRs of private networks such as 10.1.0.0/16, comma-separated, with 1 bit or more, that webhooks and push may call' }),
  OUTBOUND_ALLOW_HTTP: Type.Boolean({ default: false, description: 'true or false: whether those may be called over plain http' }),
  VAPID_SUBJECT: Type.Optional(Type.String({ maxLength: 512, description: 'where push services reach whoever runs this server: a mailto: or https: address of the public internet, such as mailto:ops@example.com, of at most 512 characters' })),
  VAPID_PRIVATE_KEY: Type.Optional(Type.String({ description: 'a private key of P-256, 32 bytes as base64url; `npm run cli -- push-key` makes one' })),
  PUSH_AFTER: whole(0, 86_400, 30, 'seconds'),
  SMTP_URL: Type.Optional(Type.String({
    pattern: '^smtps?://[^/?#]+/?$', description: 'smtp://user:password@host:port (with STARTTLS where the server has it), or smtps:// with TLS from the start, with a port from 1 to 65535; user and password are percent-encoded, or absent'
  })),
  MAIL_FROM: Type.Optional(Type.String({ maxLength: 400, pattern: `^(${ADDRESS}|("[^<>"\\\\\\p{Cc}]*"|[^<>"\\p{Cc}]*) ?<${ADDRESS}>)$`, description: 'the sender of mails, of at most 400 characters: an address, or a name and an address as in Belfry <belfry@example.com>' })),
  MAIL_AFTER: whole(0, 604_800, 900, 'seconds'),
  DRAIN_SECONDS: whole(0, 86_400, 10, 'seconds')
})

/** A copy, because env-schema changes what it is given; always the same one, because it compiles each schema it does not know. */
const SCHEMA = structuredClone(Settings)

export interface Config extends Omit<Static<typeof Settings>, 'ALLOWED_ORIGINS' | 'ICON_ORIGINS' | 'OUTBOUND_ALLOW' | 'TRUST_PROXY' | 'PUBLIC_URL'> {
  /** Without a slash at the end. */
  PUBLIC_URL?: string
  ALLOWED_ORIGINS: string[]
  ICON_ORIGINS: string[]
  OUTBOUND_ALLOW: string[]
  TRUST_PROXY: string[]
}

/** A setting that cannot be used; its message is one line that names it and says what it must be. */
export class ConfigError extends Error {}

const MIN_SECRET_BYTES = 32
/** Devices acknowledge every five seconds. */
const MIN_PUSH_AFTER = 10

type Environment = Record<string, string | undefined>

export interface LoadOptions {
  /** False for commands that neither sign nor verify tokens: they need no JWT_SECRET. */
  needsSecret?: boolean
}

/** Reads the settings from an environment. Empty values count as absent. Throws a ConfigError. */
export function loadConfig (env: Environment, { needsSecret = true }: LoadOptions = {}): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([name, value]) => name in Settings.properties && value !== '' && value !== undefined))
  const faults = new Set<string>()
  let settings = {} as Static<typeof Settings>
  try {
    settings = envSchema<Static<typeof Settings>>({ schema: SCHEMA, env: false, data: given })
  } catch (error) {
    const { errors } = error as { errors?: { instancePath: string }[] }
    for (const { instancePath } of errors ?? []) faults.add(mustBe(instancePath.slice(1)))
  }
  // All faults are collected, so that an operator can fix them in one go.
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read()
    } catch (error) {
      faults.add((error as Error).message)
      return undefined
    }
  }
  for (const name of ['JWT_SECRET', 'JWT_PREVIOUS_SECRET'] as const) attempt(() => assertSecret(name, given[name]))
  for (const [name, isUsable] of Object.entries(addresses)) {
    const text = given[name]
    if (text !== undefined && !isUsable(text)) faults.add(mustBe(name))
  }
  const publicUrl = attempt(() => given.PUBLIC_URL === undefined ? undefined : toBase(given.PUBLIC_URL))
  const origins = attempt(() => list('ALLOWED_ORIGINS', given.ALLOWED_ORIGINS ?? '', toOrigin)) ?? []
  const icons = attempt(() => list('ICON_ORIGINS', given.ICON_ORIGINS ?? '', toOrigin)) ?? []
  const proxies = attempt(() => list('TRUST_PROXY', given.TRUST_PROXY ?? '', toCidr)) ?? []
  const outbound = attempt(() => list('OUTBOUND_ALLOW', given.OUTBOUND_ALLOW ?? '', toCidr)) ?? []
  if (needsSecret && given.DATABASE_URL?.startsWith('postgres') && given.JWT_SECRET === undefined) {
    faults.add('JWT_SECRET must be given with a postgres:// DATABASE_URL: every node needs the same one')
  }
  if (needsSecret && given.DATABASE_URL?.startsWith('postgres') && given.VAPID_SUBJECT !== undefined && given.VAPID_PRIVATE_KEY === undefined) {
    faults.add('VAPID_PRIVATE_KEY must be given with VAPID_SUBJECT and a postgres:// DATABASE_URL: every node needs the same one; `npm run cli -- push-key` makes one, but a server that has pushed keeps its own (push.key beside its SQLite database): with another, all push subscriptions end')
  }
  if (faults.size === 0 && given.SMTP_URL !== undefined && given.MAIL_FROM === undefined) faults.add('MAIL_FROM must be given with SMTP_URL: mails need a sender')
  if (faults.size > 0) throw new ConfigError([...faults].join('; '))
  return {
    ...settings,
    ...(publicUrl === undefined ? {} : { PUBLIC_URL: publicUrl }),
    ADMIN_USERNAME: settings.ADMIN_USERNAME.normalize('NFC'),
    ALLOWED_ORIGINS: origins,
    ICON_ORIGINS: icons,
    OUTBOUND_ALLOW: outbound,
    TRUST_PROXY: proxies
  }
}

/** Settings that mean nothing without another one, and why. */
const DEPENDENT = [
  ['VAPID_SUBJECT', 'VAPID_PRIVATE_KEY', 'nothing is pushed'], ['VAPID_SUBJECT', 'PUSH_AFTER', 'nothing is pushed'],
  ['SMTP_URL', 'MAIL_FROM', 'no mail is sent'], ['SMTP_URL', 'MAIL_AFTER', 'no mail is sent'],
  ['OUTBOUND_ALLOW', 'OUTBOUND_ALLOW_HTTP', 'no private address may be called']
] as const

/** Settings that are accepted but may not do what the operator expects, one line each. */
export function warningsOf (env: Environment, config: Config): string[] {
  const lines: string[] = []
  const { JWT_SECRET: secret, JWT_PREVIOUS_SECRET: previous, SESSION_TTL: session } = config
  if (secret !== undefined && secret === previous) lines.push('JWT_PREVIOUS_SECRET is the same as JWT_SECRET; set it to the previous secret, or not at all')
  for (const name of ['ACCESS_TOKEN_TTL', 'REFRESH_TOKEN_TTL'] as const) {
    // If only SESSION_TTL was set, the operator meant to shorten sessions: no warning.
    if (env[name] && config[name] > session) lines.push(`${name} is longer than SESSION_TTL: tokens end with their session, after ${session} seconds`)
  }
  if (config.VAPID_SUBJECT !== undefined && config.PUSH_AFTER < MIN_PUSH_AFTER) {
    lines.push(`PUSH_AFTER is below ${MIN_PUSH_AFTER} seconds: devices may say later than that what they have, so it is pushed to them all the same`)
  }
  for (const [needed, name, why] of DEPENDENT) if (!env[needed] && env[name] && config[name] !== false) lines.push(`${name} without ${needed} is not used: ${why}`)
  if (config.SMTP_URL !== undefined && config.PUBLIC_URL === undefined) lines.push(`PUBLIC_URL is not set: the links in mails lead to http://localhost:${config.PORT}`)
  return lines
}

function assertSecret (name: 'JWT_SECRET' | 'JWT_PREVIOUS_SECRET', secret: string | undefined): void {
  if (secret === undefined) return
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES) throw new ConfigError(mustBe(name))
  // What looks like a public key may be one, and everybody could sign with that.
  if (secret.includes('-----BEGIN') || secret.trimStart().startsWith('{')) throw new ConfigError(`${name} must be random bytes, not a PEM or JWK key`)
}

function mustBe (name: string): string {
  const { description } = Settings.properties[name as keyof typeof Settings.properties]
  return `${name} must be ${description}`
}

function list (name: string, text: string, parse: (entry: string) => string | undefined): string[] {
  return text.split(',').map(entry => entry.trim()).filter(entry => entry !== '').map(entry => {
    const parsed = parse(entry)
    if (parsed === undefined) throw new ConfigError(mustBe(name))
    return parsed
  })
}

/** An origin as browsers write it in the `Origin` header. */
function toOrigin (text: string): string | undefined {
  const url = URL.parse(text)
  return url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/` ? url.origin : undefined
}

/** Whether a text is usable, as far as can be told without connecting to anything. */
const addresses: Record<string, (text: string) => boolean> = {
  DATABASE_URL: text => !text.startsWith('postgres') || isDatabase(text),
  REDIS_URL: text => parseAddress(text)?.hostname !== undefined && parseAddress(text)!.hostname !== '',
  // `fetch` takes no password from an address.
  VAPID_SUBJECT: isPushSubject,
  VAPID_PRIVATE_KEY: isPushKey,
  SMTP_URL: text => parseAddress(text)?.hostname !== undefined && parseAddress(text)!.hostname !== '',
  JWKS_URL: text => parseAddress(text)?.username === '' && parseAddress(text)!.password === ''
}

/** Parses an address; undefined if a part cannot be percent-decoded, or if the port is 0. */
function parseAddress (text: string): URL | undefined {
  const url = URL.parse(text)
  if (!url || url.port === '0') return undefined
  try {
    for (const part of [url.username, url.password, url.hostname, url.pathname]) decodeURIComponent(part)
    return url
  } catch {
    return undefined
  }
}

/** PostgreSQL's clients also accept `user@/database`, for the Unix socket of this machine. */
function isDatabase (text: string): boolean {
  return parseAddress(text.replace('@/', '@localhost/')) !== undefined
}

function toBase (text: string): string {
  const url = URL.parse(text)
  const isBase = url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && !/[?#]/.test(text)
  if (!isBase) throw new ConfigError(mustBe('PUBLIC_URL'))
  return url.href.replace(/\/+$/, '')
}

/** An address or CIDR that Fastify accepts: it refuses a prefix of 0 bits, which would trust everybody, and a zone. */
function toCidr (text: string): string | undefined {
  const [, address = '', bits = '1'] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const version = isIP(address)
  return version !== 0 && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128) ? text : undefined
}
