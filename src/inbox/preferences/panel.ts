import { html, nothing, type TemplateResult } from 'lit'
import { preferencesOf, type Preferences, type PreferencesChange, type PreferencesStore } from '@belfry/client/preferences'
import { background } from '../base/background.ts'
import type { BelfryClient } from '../base/clients.ts'
import { failure, skeleton } from '../feed/waiting.ts'
import { icons } from '../rows/icons.ts'
import type { Messages } from '../words/messages.ts'
import type { Words } from '../words/words.ts'
import { DevicePushes, type WorkerOfPage } from './device.ts'
import { faultOf, times, type TimesDraft } from './times.ts'
import { topics, type TopicRow } from './topics.ts'

export interface PanelDeps {
  redraw: () => void
  /** Reads a text out. */
  say: (text: keyof Messages) => void
  /** The topics of what is loaded: of those the server may have nothing to say. */
  topics: () => Iterable<string>
  /** Has the service worker of the page, if that has one that shows pushes. */
  worker: () => WorkerOfPage
}

const ON = { value: 'on', source: 'operator', locked: false } as const
const UNSAID = { inbox: ON, push: ON, mail: ON }

/** The reader's preferences: topics are saved as they are chosen, quiet hours and the time of the day's mail when the reader says so. */
export class PreferencesPanel {
  readonly #deps: PanelDeps
  #store: PreferencesStore | undefined
  #end: (() => void) | undefined
  /** What of the form differs from what is saved. */
  #draft: Partial<TimesDraft> = {}
  #fault: ReturnType<typeof faultOf>
  /** The code of the last error of the client: why a change was refused. */
  #refusal = ''
  /** What became of the last change. */
  #outcome: 'saved' | 'notSaved' | 'lockedNow' | undefined

  readonly #device: DevicePushes

  constructor (deps: PanelDeps) {
    this.#deps = deps
    this.#device = new DevicePushes(deps.redraw, deps.say)
  }

  /** Follows the preferences of a client's user; undefined: of nobody. */
  follow (client: BelfryClient | undefined): void {
    const store = client?.core && preferencesOf({ core: client.core, on: client.on })
    if (store === this.#store) return
    this.#end?.()
    this.#store = store
    const ends = store && client ? [store.subscribe(this.#deps.redraw), client.on('error', ({ code }) => { this.#refusal = code })] : []
    this.#end = () => ends.forEach(end => end())
    this.#draft = {}
    this.#fault = this.#outcome = undefined
    this.#device.follow(client, this.#deps.worker())
  }

  /** `away`: why nothing comes from the server now, in words. While nobody is signed in, nothing can be changed. */
  render (words: Words, { away, isSignedOut: isDisabled }: { away: string | undefined, isSignedOut: boolean }): TemplateResult {
    const { messages } = words
    const { preferences, networkStatus } = this.#store?.getSnapshot() ?? {}
    if (!preferences && networkStatus === 'error') return failure({ ...messages, error: messages.preferencesError }, () => background(this.#store?.load()))
    if (!preferences) return skeleton(messages)
    const draft = this.#draftOf(preferences)
    const save = (change: PreferencesChange) => background(this.#save(change))
    return html`
      <div class="prefs" part="preferences">
        ${away === undefined ? nothing : html`<p class="away">${icons.offline}${away}</p>`}
        ${this.#device.render(messages, isDisabled)}
        ${topics({ rows: this.#rows(preferences, words.lang), channels: { push: 'on', mail: 'on', ...preferences.channels }, messages, isDisabled, onChange: save })}
        ${times({
          draft,
          words,
          isDisabled,
          isChanged: JSON.stringify(draft) !== JSON.stringify(savedOf(preferences)),
          fault: this.#fault,
          onDraft: change => {
            this.#draft = { ...this.#draft, ...change }
            if (this.#fault) this.#fault = faultOf(this.#draftOf(preferences))
            this.#deps.redraw()
          },
          onSave: () => this.#saveTimes(this.#draftOf(preferences), preferences)
        })}
        <p class="outcome" data-outcome=${this.#outcome ?? ''}>${this.#outcome === undefined ? nothing : messages[this.#outcome]}</p>
      </div>`
  }

  #draftOf (preferences: Preferences): TimesDraft {
    return { ...savedOf(preferences), ...this.#draft }
  }

  /** What somebody says something of, and what has come, by name. */
  #rows ({ effective }: Preferences, lang: string): TopicRow[] {
    const known = new Map(Object.entries(effective.topics))
    return [...new Set([...known.keys(), ...this.#deps.topics()])].sort((one, other) => one.localeCompare(other, lang)).map(name => ({ name, choices: known.get(name) ?? UNSAID }))
  }

  #saveTimes (draft: TimesDraft, preferences: Preferences): void {
    this.#fault = faultOf(draft)
    this.#deps.redraw()
    if (this.#fault) return
    const { isOn, timezone, days, from, to, digestAt } = draft
    const digest = digestAt === savedOf(preferences).digestAt ? {} : { digest_at: digestAt }
    background(this.#save({ quiet_hours: isOn ? { timezone, days, from, to } : null, ...digest }).then(isSaved => {
      if (isSaved) this.#draft = {}
      this.#deps.redraw()
    }))
  }

  async #save (change: PreferencesChange): Promise<boolean> {
    const store = this.#store
    this.#refusal = ''
    const isSaved = await store?.change(change) ?? false
    if (store !== this.#store) return isSaved
    this.#tell(isSaved ? 'saved' : this.#refusal === 'BLF_PREFERENCE_LOCKED' ? 'lockedNow' : 'notSaved')
    return isSaved
  }

  #tell (outcome: 'saved' | 'notSaved' | 'lockedNow'): void {
    this.#outcome = outcome
    this.#deps.say(outcome)
    this.#deps.redraw()
  }
}

/** The form as it is saved. Where nothing is, it suggests nights here; the day's mail then comes at eight. */
function savedOf ({ quiet_hours: hours, digest_at: digestAt }: Preferences): TimesDraft {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  return { isOn: hours !== null, ...hours ?? { timezone: timeZone, days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '22:00', to: '07:00' }, digestAt: digestAt ?? '08:00' }
}
