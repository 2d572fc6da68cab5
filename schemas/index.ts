import type { TSchema } from '@sinclair/typebox'
import { Audience } from './audience.ts'
import { Confirmation, Credentials, Principal, Refresh, Session, Ticket } from './identity/auth.ts'
import { clientFrames, ClientFrameUnion } from './socket/client-frames.ts'
import { Envelope } from './envelope.ts'
import { Alive, Home, Ready } from './health.ts'
import { Deleted, InboxPage, ReadAll, ReadAllDone, ReadState, Removed, UnreadCount } from './inbox/inbox.ts'
import { Group, GroupPage, GroupSettings, MemberChange, MemberPage, MembersChanged, UserGroups } from './identity/group.ts'
import { CreatedKey, Key, KeyList, NewKey } from './identity/key.ts'
import { InboxItem, Notification, NotificationData, NotificationType, NotificationUpdate } from './notification.ts'
import { Ack, Acked, Acknowledged, Acted, ArchiveState, Mark, Marked, Seen, SeenState } from './inbox/states.ts'
import { Overview, OverviewFrame } from './overview.ts'
import { Preferences, PreferencesChange, PreferencesReplacement } from './preferences/preferences.ts'
import { Topic, TopicChoices, TopicList, TopicSettings } from './preferences/topic.ts'
import { FeedEvent, FeedPage } from './outbound/feed.ts'
import { NewPushSubscription, PushKey, PushReceipt, PushSubscription, PushSubscriptionList } from './outbound/push.ts'
import { AttemptPage, CreatedWebhook, NewWebhook, Replay, Replayed, RotatedSecret, Webhook, WebhookChange, WebhookPage, WebhookTest } from './outbound/webhook.ts'
import { Problem } from './problem.ts'
import { BroadcastDryRun, Broadcasted, BroadcastResult, Send, SendDryRun, SendResult, Sent } from './send.ts'
import { Batch, BatchResult } from './sending/batch.ts'
import { Edit, Edited } from './sending/edit.ts'
import { Cancelled, Plan, PlanChange, PlanPage, PlanState, Scheduled } from './sending/scheduled.ts'
import { RecipientPage, Reminded, Report, UserReport } from './sending/report.ts'
import { SentNotification, SentPage } from './sending/sent.ts'
import { Logout, OpenSession, SessionList } from './identity/session.ts'
import { CloseFrame } from './socket/stream.ts'
import { serverFrames, ServerFrameUnion } from './socket/server-frames.ts'
import { NewUser, PasswordChange, User, UserChange, UserPage } from './identity/user.ts'

/** Every schema with an `$id`: the components of the document. */
export const components: TSchema[] = [
  Problem,
  NotificationType, NotificationData, Notification, NotificationUpdate, InboxItem,
  Audience, Send, Sent, SendDryRun, SendResult, Batch, BatchResult, SentNotification, SentPage, Envelope, Broadcasted, BroadcastDryRun, BroadcastResult, Edit, Edited,
  Scheduled, PlanState, Plan, PlanPage, PlanChange, Cancelled,
  Report, RecipientPage, UserReport, Reminded,
  FeedEvent, FeedPage, NewWebhook, WebhookChange, Webhook, CreatedWebhook, WebhookPage, RotatedSecret, WebhookTest, AttemptPage, Replay, Replayed,
  PushKey, NewPushSubscription, PushSubscription, PushSubscriptionList, PushReceipt,
  InboxPage, UnreadCount, ReadState, ReadAll, ReadAllDone, Deleted, Removed, Mark, Marked, ArchiveState, Seen, SeenState, Ack, Acked, Acknowledged, Acted,
  User, NewUser, UserChange, PasswordChange, UserPage,
  Group, GroupPage, GroupSettings, MemberChange, MembersChanged, MemberPage, UserGroups,
  Topic, TopicSettings, TopicList, TopicChoices, Preferences, PreferencesReplacement, PreferencesChange,
  Credentials, Session, Refresh, Confirmation, Logout, OpenSession, SessionList, Ticket, Principal,
  NewKey, Key, CreatedKey, KeyList,
  Home, Alive, Ready, Overview, OverviewFrame,
  ...Object.values(clientFrames), ClientFrameUnion,
  ...Object.values(serverFrames), ServerFrameUnion, CloseFrame
]
