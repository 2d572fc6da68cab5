import Fastify, { type FastifyServerOptions } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import access from '../plugins/identity/access.ts'
import assets from '../plugins/http/assets.ts'
import auth from '../plugins/identity/auth.ts'
import bus from '../plugins/bus.ts'
import body from '../plugins/http/body.ts'
import directory from '../plugins/identity/directory.ts'
import clock from '../plugins/operations/clock.ts'
import connectionsPlugin from '../plugins/http/connections.ts'
import docs from '../plugins/docs.ts'
import drain from '../plugins/drain.ts'
import channels from '../plugins/outbound/channels.ts'
import feed from '../plugins/outbound/feed.ts'
import push from '../plugins/outbound/push.ts'
import mail from '../plugins/outbound/mail.ts'
import webhooks from '../plugins/outbound/webhooks.ts'
import errorHandler, { clientErrorHandler, frameworkErrors } from '../plugins/http/error-handler.ts'
import hub from '../plugins/hub.ts'
import hubServices from '../plugins/hub-services.ts'
import ledger from '../plugins/ledger.ts'
import limits from '../plugins/limits.ts'
import log from '../plugins/operations/log.ts'
import methods from '../plugins/http/methods.ts'
import metrics from '../plugins/operations/metrics.ts'
import overview from '../plugins/operations/overview.ts'
import notifier from '../plugins/notifier.ts'
import schemas, { buildSerializer, buildValidator } from '../plugins/http/schemas.ts'
import security from '../plugins/http/security.ts'
import proxies from '../plugins/http/proxies.ts'
import publicUrl from '../plugins/http/public-url.ts'
import readiness from '../plugins/operations/readiness.ts'
import requestMetrics from '../plugins/operations/request-metrics.ts'
import reminders from '../plugins/operations/reminders.ts'
import retention from '../plugins/retention.ts'
import schedule from '../plugins/schedule.ts'
import store from '../plugins/store.ts'
import stream from '../plugins/stream.ts'
import tail from '../plugins/tail.ts'
import tokens from '../plugins/identity/tokens.ts'
import wellFormed from '../plugins/http/well-formed.ts'
import websocket, { shouldUpgrade } from '../plugins/websocket.ts'
import accountRoutes from '../routes/account.ts'
import appsRoutes from '../routes/pages/apps.ts'
import authRoutes from '../routes/auth.ts'
import broadcastRoutes from '../routes/broadcast.ts'
import clientRoutes from '../routes/client.ts'
import docsRoutes from '../routes/docs.ts'
import eventRoutes from '../routes/outbound/events.ts'
import pushRoutes from '../routes/outbound/push.ts'
import mailRoutes from '../routes/outbound/mail.ts'
import webhookRoutes from '../routes/outbound/webhooks.ts'
import groupsRoutes from '../routes/identity/groups.ts'
import healthRoutes from '../routes/health.ts'
import pushWorkerRoutes from '../routes/pages/push-worker.ts'
import homeRoutes from '../routes/pages/home.ts'
import keysRoutes from '../routes/keys.ts'
import notificationsRoutes from '../routes/notifications.ts'
import overviewRoutes from '../routes/operations/overview.ts'
import preferencesRoutes from '../routes/preferences/preferences.ts'
import topicsRoutes from '../routes/preferences/topics.ts'
import scheduledRoutes from '../routes/sending/scheduled.ts'
import socketRoutes from '../routes/socket.ts'
import reportRoutes from '../routes/sending/reports.ts'
import sentRoutes from '../routes/sending/sent.ts'
import streamRoutes from '../routes/stream.ts'
import usersRoutes from '../routes/users.ts'
import { components } from '../schemas/index.ts'
import type { Config } from './config.ts'
import type { Wheel } from './hub/wheel.ts'
import { Connections } from './http/connections.ts'
import { proxiesAt } from './http/forwarded.ts'
import { newId } from './identity/ids.ts'
import type { Counters } from './limits/counters.ts'
import type { OutboundOptions } from './outbound/client/client.ts'
import { loggerOptions } from './process/logger.ts'
import { RequestLines } from './process/request-lines.ts'
import { loadPushKey, loadSecret } from './process/secret.ts'

/** What tests, and the demo, put in the place of the real thing. */
export interface Overrides {
  /** Users whose passwords the pages show. */
  demoUsers?: { username: string, password: string, is: string }[] | undefined
  logger?: FastifyServerOptions['logger']
  /** Deadlines whose seconds a test lets pass by hand. */
  wheel?: Wheel
  counters?: Counters
  /** How long a limit waits for Redis before its node counts alone, milliseconds. */
  redisAnswerMs?: number
  /** How often the tail looks at the log by itself, milliseconds: while hints come, and while they cannot. */
  beat?: { ms: number, withoutBusMs: number }
  /** How often the node's clock is compared with the store's, milliseconds. */
  clockMs?: number
  /** How often the scheduler asks the store at least, milliseconds. */
  schedulePollMs?: number
  /** The shortest time between two writes of what a device has acknowledged, milliseconds. */
  ackPaceMs?: number
  /** Node's own deadlines for a request's headers and for all of it, and how often it looks, milliseconds. */
  deadlines?: { headers: number, request: number, check: number }
  /** How long after it was sent a notification is pushed, milliseconds. */
  pushAfterMs?: number
  /** How others are called. */
  outbound?: OutboundOptions
  /** For how long a killed node's webhooks wait for another, milliseconds. */
  leaseMs?: number
  /** How long a peer may take no bytes of its answers, milliseconds. */
  unreadMs?: number
}

/** Longer than proxies keep a connection, so that none is closed under a request on its way. */
const KEEP_ALIVE_MS = 72_000

/** Belfry as a Fastify application: what it is made of, in the order in which one needs the other. */
export async function buildApp (config: Config, overrides: Overrides = {}) {
  const deadlines = overrides.deadlines ?? { headers: 5_000, request: 10_000, check: 1_000 }
  const isProxied = config.TRUST_PROXY.length > 0
  const connections = new Connections(overrides.unreadMs ?? 30_000)
  const app = Fastify({
    logController: new RequestLines(),
    logger: overrides.logger ?? loggerOptions(config.LOG_LEVEL),
    genReqId: newId,
    requestIdHeader: false,
    trustProxy: isProxied ? proxiesAt(config.TRUST_PROXY) : false,
    bodyLimit: 65_536,
    requestTimeout: deadlines.request,
    serverFactory: handler => connections.serve(handler, {
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: deadlines.request,
      headersTimeout: deadlines.headers,
      connectionsCheckingInterval: deadlines.check,
      shouldUpgradeCallback: shouldUpgrade
    }),
    // The drain plugin answers in the words of the catalogue.
    return503OnClosing: false,
    // As long as a path can be: what is too long is for the schemas to say.
    routerOptions: { maxParamLength: 16_384, ignoreTrailingSlash: true },
    frameworkErrors,
    clientErrorHandler,
    schemaController: { compilersFactory: { buildValidator, buildSerializer } }
  }).withTypeProvider<TypeBoxTypeProvider>()
  const drainMs = config.DRAIN_SECONDS * 1000

  await app.register(methods)
  await app.register(errorHandler)
  if (isProxied) await app.register(proxies)
  await app.register(wellFormed)
  await app.register(body)
  await app.register(schemas, { components })
  await app.register(security, { allowedOrigins: config.ALLOWED_ORIGINS, iconOrigins: config.ICON_ORIGINS })
  await app.register(drain, { drainMs })
  await app.register(publicUrl, { url: config.PUBLIC_URL })
  await app.register(docs)
  await app.register(assets)
  await app.register(metrics)
  await app.register(connectionsPlugin, { connections })
  await app.register(log)
  await app.register(requestMetrics)
  await app.register(store, { url: config.DATABASE_URL })
  await app.register(bus, { url: config.REDIS_URL })
  await app.register(readiness)
  await app.register(tail, { beat: overrides.beat })
  await app.register(directory)
  await app.register(hub, { drainMs })
  await app.register(clock, { intervalMs: overrides.clockMs })
  await app.register(retention, { days: config.RETENTION_DAYS, acknowledgeDays: config.ACKNOWLEDGE_DAYS })
  // After the store, which says best why there can be nothing in its folder.
  const secret = loadSecret(config)
  await app.register(tokens, {
    secret,
    previousSecret: config.JWT_PREVIOUS_SECRET,
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    jwksUrl: config.JWKS_URL,
    claims: { role: config.JWT_ROLE_CLAIM, company: config.JWT_COMPANY_CLAIM, groups: config.JWT_GROUPS_CLAIM, email: config.JWT_EMAIL_CLAIM }
  })
  await app.register(limits, {
    requests: config.RATE_LIMIT,
    keyRequests: config.KEY_RATE_LIMIT,
    logins: config.LOGIN_RATE_LIMIT,
    maxSockets: config.MAX_CONNECTIONS,
    maxSocketsEach: config.MAX_CONNECTIONS_PER_USER,
    redisUrl: config.REDIS_URL,
    counters: overrides.counters,
    redisAnswerMs: overrides.redisAnswerMs
  })
  const groupLimits = { perUser: config.MAX_GROUPS_PER_USER, perGroup: config.MAX_GROUP_MEMBERS }
  await app.register(auth, { groupLimits })
  await app.register(access)
  await app.register(schedule, { maxDays: config.MAX_SCHEDULE_DAYS, maxPlans: config.MAX_SCHEDULED, pollMs: overrides.schedulePollMs })
  await app.register(reminders, { pollMs: overrides.schedulePollMs })
  await app.register(feed)
  await app.register(webhooks, { outbound: { allow: config.OUTBOUND_ALLOW, allowHttp: config.OUTBOUND_ALLOW_HTTP, ...overrides.outbound }, drainMs, leaseMs: overrides.leaseMs })
  await app.register(channels)
  await app.register(push, {
    vapid: config.VAPID_SUBJECT === undefined ? undefined : { subject: config.VAPID_SUBJECT, privateKey: loadPushKey(config) },
    afterMs: overrides.pushAfterMs ?? config.PUSH_AFTER * 1000,
    drainMs,
    leaseMs: overrides.leaseMs
  })
  await app.register(mail, {
    smtp: config.SMTP_URL === undefined ? undefined : { url: config.SMTP_URL, from: config.MAIL_FROM! },
    afterSeconds: config.MAIL_AFTER,
    secrets: [secret, ...config.JWT_PREVIOUS_SECRET === undefined ? [] : [config.JWT_PREVIOUS_SECRET]],
    places: { base: config.PUBLIC_URL ?? `http://localhost:${config.PORT}`, hasInbox: config.CONSOLE === 'on' },
    drainMs,
    leaseMs: overrides.leaseMs,
    pollMs: overrides.schedulePollMs
  })
  await app.register(notifier, { retentionDays: config.RETENTION_DAYS })
  await app.register(ledger, { isShared: config.REDIS_URL !== undefined, paceMs: overrides.ackPaceMs })
  await app.register(hubServices)
  await app.register(websocket, { isCompressed: config.COMPRESSION, wheel: overrides.wheel })
  await app.register(overview, { isShared: config.REDIS_URL !== undefined })
  await app.register(stream, { maxUnsent: config.MAX_SOCKET_BUFFER, isProxied })

  await app.register(homeRoutes, { hasApps: config.CONSOLE === 'on' })
  await app.register(docsRoutes)
  if (config.CONSOLE === 'on') await app.register(appsRoutes, { iconOrigins: config.ICON_ORIGINS, demoUsers: overrides.demoUsers })
  await app.register(clientRoutes, { prefix: '/client' })
  await app.register(pushWorkerRoutes)
  await app.register(healthRoutes)
  await app.register(authRoutes, {
    prefix: '/api/auth', accessTokenTtl: config.ACCESS_TOKEN_TTL, refreshTokenTtl: config.REFRESH_TOKEN_TTL, sessionTtl: config.SESSION_TTL
  })
  await app.register(accountRoutes, { prefix: '/api/users' })
  await app.register(usersRoutes, { prefix: '/api/users' })
  await app.register(groupsRoutes, { prefix: '/api/groups', limits: groupLimits })
  await app.register(keysRoutes, { prefix: '/api/keys' })
  await app.register(notificationsRoutes, { prefix: '/api/notifications' })
  await app.register(topicsRoutes, { prefix: '/api/topics' })
  await app.register(preferencesRoutes, { prefix: '/api/preferences' })
  await app.register(sentRoutes, { prefix: '/api/sent' })
  await app.register(reportRoutes, { prefix: '/api/reports' })
  await app.register(eventRoutes, { prefix: '/api/events' })
  await app.register(webhookRoutes, { prefix: '/api/webhooks' })
  await app.register(pushRoutes, { prefix: '/api/push' })
  await app.register(mailRoutes, { hasInbox: config.CONSOLE === 'on' })
  await app.register(broadcastRoutes, { prefix: '/api/broadcast' })
  await app.register(scheduledRoutes, { prefix: '/api/scheduled' })
  await app.register(socketRoutes, {
    maxUnsent: config.MAX_SOCKET_BUFFER,
    allowedOrigins: config.ALLOWED_ORIGINS,
    isFloodLimited: config.RATE_LIMIT > 0,
    isProxied
  })
  await app.register(streamRoutes, { allowedOrigins: config.ALLOWED_ORIGINS })
  await app.register(overviewRoutes, { allowedOrigins: config.ALLOWED_ORIGINS })
  return app
}
