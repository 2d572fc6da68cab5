import process from 'node:process'
import { test } from 'tap'
import { build, listen } from '../helper.ts'
import { fuzzRest } from './rest.ts'
import { calling, settings } from './world.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? 1)
const RUNS = 60
const NEVER_REFUSED = ['getHome', 'isAlive', 'isReady']

/** One concerns what an open connection was sent, and nobody has one; one the caller's own subscriptions, which only one has; one what the links of mails are about, and there are none; the others what must be acknowledged, which few notifications must. */
const SELDOM_ACCEPTED = ['acknowledgeDelivery', 'acknowledgeNotification', 'remindOutstanding', 'removePushSubscription', 'unsubscribeMail']

test(`every operation answers as the document says, seed ${seed}`, async t => {
  const app = await build(t, settings, { outbound: calling })
  const counts = await fuzzRest(app, await listen(app), { seed, runs: RUNS })
  for (const [operation, { accepted, refused, faults }] of Object.entries(counts)) {
    t.strictSame(faults, [], `${operation}: ${accepted} accepted, ${refused} refused`)
    t.ok(accepted > 0 || SELDOM_ACCEPTED.includes(operation), `${operation}: whole requests were among them`)
    t.equal(refused > 0, !NEVER_REFUSED.includes(operation), `${operation}: broken requests were among them`)
  }
})
