import type { TemplateResult } from 'lit'
import type { Inbox, InboxItem, InboxSnapshot } from '@belfry/client'
import type { BelfryClient } from '../base/clients.ts'
import type { Reminders } from '../base/reminders.ts'
import type { Words } from '../words/words.ts'
import type { BelfryFeed } from './feed.ts'

type Public = 'contained' | 'heading' | 'closable' | 'template' | 'topics' | 'iconOrigins' | 'noPreferences' | 'pushWorker' | 'pushScope' | 'isConnected' | 'updateComplete' | 'requestUpdate' | 'querySelector'

/** What a list uses of its element: its properties, and what only the element itself sees. */
export interface FeedHost extends Pick<BelfryFeed, Public> {
  readonly renderRoot: ShadowRoot
  readonly words: Words
  readonly direction: 'ltr' | 'rtl'
  readonly fault: unknown
  readonly active: BelfryClient | undefined
  readonly inbox: Inbox | undefined
  readonly topicList: string[]
  readonly unread: { count: number, isMore: boolean }
  readonly wasConnected: boolean
  readonly snapshot: InboxSnapshot | undefined
  readonly reminders: Reminders | undefined
  readonly reminded: { id: string, item: InboxItem | undefined } | undefined
  reminderText (reminded: { item: InboxItem | undefined }): string
  say (text: string): void
  tell (name: string, detail: object, cancelable?: boolean): boolean
  renderSaid (): TemplateResult
}
