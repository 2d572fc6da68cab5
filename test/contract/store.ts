import type { Test } from 'tap'
import { channels } from './store/preferences/channels.ts'
import { counts } from './store/counts.ts'
import { credentials } from './store/identity/credentials.ts'
import { deliveries } from './store/receipts/deliveries.ts'
import { demands } from './store/receipts/demands.ts'
import { reminding } from './store/receipts/reminding.ts'
import { reports } from './store/receipts/reports.ts'
import type { Engine } from './store/engine.ts'
import { claimedGroups } from './store/groups/claims.ts'
import { excluding } from './store/groups/excluding.ts'
import { groups } from './store/groups/groups.ts'
import { histories } from './store/model/history.ts'
import { inbox } from './store/inbox.ts'
import { indexClasses } from './store/life/index-classes.ts'
import { editing } from './store/life/edits.ts'
import { lateJoiners } from './store/life/late-joiners.ts'
import { recall } from './store/life/recall.ts'
import { replacing } from './store/life/replacing.ts'
import { longInbox } from './store/long-inbox.ts'
import { marks } from './store/marks.ts'
import { membership } from './store/identity/membership.ts'
import { mutes } from './store/preferences/mutes.ts'
import { order } from './store/order.ts'
import { passwords } from './store/identity/passwords.ts'
import { reopening } from './store/reopening.ts'
import { planAudiences } from './store/plan-audiences.ts'
import { planChanges } from './store/plan-changes.ts'
import { plans } from './store/plans.ts'
import { feed } from './store/readers/feed.ts'
import { readers } from './store/readers/readers.ts'
import { retention } from './store/retention.ts'
import { retries } from './store/retries.ts'
import { statements } from './store/statements.ts'
import { states } from './store/states.ts'
import { sent } from './store/life/sent.ts'
import { sessions } from './store/identity/sessions.ts'
import { totals } from './store/life/totals.ts'
import { users } from './store/identity/users.ts'
import { webhooks } from './store/readers/webhooks.ts'

const parts = { order, retries, recall, groups, claimedGroups, excluding, editing, replacing, lateJoiners, sent, inbox, longInbox, indexClasses, membership, marks, states, deliveries, reports, demands, reminding, counts, mutes, channels, users, passwords, credentials, sessions, readers, feed, webhooks, retention, plans, planChanges, planAudiences, statements, totals, reopening, histories }

/** Proves what `src/store/store.ts` promises, for one engine. */
export function storeContract (t: Test, engine: Engine): void {
  t.test(engine.name, async t => {
    for (const [name, part] of Object.entries(parts)) t.test(name, async t => { part(t, engine) })
  })
}
