import { html, nothing } from 'lit'
import { pathOf, type Call } from '../access.ts'
import '../parts/curl.ts'
import { withInput } from '../parts/forms.ts'
import { icon } from '../parts/icons.ts'
import { ConsoleView } from '../parts/page.ts'
import { counted } from '../parts/words.ts'
import { bodyOf, fieldsOf, type TopicFields, type TopicItem } from './settings.ts'

/** So many are counted. */
const MOST = 10_000

/**
 * `<console-topic>`: what the operator (`company` null) or a company says of a topic, and, where one may, the form of it. Properties `name`,
 * `company`, `item` (the settings, if there are any), `operator` (the operator's), `mayEdit`; event `changed`.
 */
export class ConsoleTopic extends ConsoleView {
  static override properties = { ...ConsoleView.properties, name: {}, company: {}, item: { attribute: false }, operator: { attribute: false }, mayEdit: { attribute: false }, fields: { state: true }, off: { state: true } }

  declare name: string
  declare company: string | null
  declare item: TopicItem | undefined
  declare operator: TopicItem | undefined
  declare mayEdit: boolean
  protected declare fields: TopicFields
  /** How many users have switched it off. */
  protected declare off: number | undefined
  #shown: string | undefined

  override willUpdate (): void {
    // Other settings, or those that were saved: not when what is around them is loaded again while somebody types.
    const shown = JSON.stringify([this.name, this.company, this.item])
    if (shown === this.#shown) return
    this.#shown = shown
    this.fields = fieldsOf(this.item)
    this.off = undefined
    if (this.mayEdit) this.reload()
  }

  protected override async load (signal: AbortSignal): Promise<void> {
    const { off } = await this.app.call<{ off: number }>({ method: 'GET', path: this.#path('choices') }, signal)
    this.off = off
  }

  override render () {
    const { company, item, mayEdit, fields } = this
    const whose = company === null ? 'The operator' : company
    if (!mayEdit) {
      return html`<section class="card" aria-labelledby="whose"><h3 id="whose">${whose}</h3>
        ${item ? html`<dl><dt>Default</dt><dd>${item.default}</dd><dt>Locked</dt><dd>${item.locked ? 'yes' : 'no'}</dd><dt>Push</dt><dd>${item.channels.push ?? 'on'}</dd><dt>Mail</dt><dd>${item.channels.mail ?? 'on'}</dd></dl>` : html`<p class="muted">Says nothing of it.</p>`}
        <p class="hint">A platform admin changes this.</p></section>`
    }
    const unsaid = company === null ? 'On' : 'As the operator says'
    const choice = (name: 'push' | 'mail', label: string, values: Record<string, string>) => html`<div><label for=${name}>${label}</label><select id=${name} name=${name}><option value="" .selected=${fields[name] === ''}>${unsaid}</option>${Object.entries(values).map(([value, text]) => html`<option value=${value} .selected=${fields[name] === value}>${text}</option>`)}</select></div>`
    return html`<section class="card" aria-labelledby="whose"><h3 id="whose">${whose}</h3>
      ${this.renderProblem()}
      ${company !== null && this.operator?.locked ? html`<div class="note warning">${icon('warning')}<p>The operator has locked this topic: what ${company} says holds again when it is unlocked.</p></div>` : nothing}
      <form class="stack" novalidate @submit=${this.#save} @input=${this.#read} @change=${this.#read}>
        <div><label for="description">What it is about (optional)</label><input id="description" name="description" maxlength="500" autocomplete="off" .value=${fields.description} aria-invalid=${this.wrong('description') !== undefined} aria-describedby="wrong-description">${this.renderWrong('description')}</div>
        <div class="fields">
          <div><label for="default">Inbox of who chose nothing</label><select id="default" name="default"><option value="on" .selected=${fields.default === 'on'}>On</option><option value="off" .selected=${fields.default === 'off'}>Off</option></select></div>
          ${choice('push', 'Push', { on: 'On', off: 'Off' })}${choice('mail', 'Mail', { on: 'On', off: 'Off', digest: 'Daily digest' })}
        </div>
        <div><label class="choice"><input type="checkbox" name="locked" .checked=${fields.locked} aria-describedby="locked-hint">Locked: users cannot choose</label><p class="hint" id="locked-hint">${this.#lockText()}</p></div>
        <div class="row"><button aria-disabled=${this.isBusy}>Save</button>${item ? html`<button type="button" class="danger" aria-disabled=${this.isBusy} @click=${this.#remove}>Remove these settings</button>` : nothing}</div>
        <console-curl .calls=${[this.#put()]}></console-curl>
      </form></section>`
  }

  /** What a lock overrules. */
  #lockText (): string {
    const { fields, off, company } = this
    const whom = company === null ? '' : ` of ${company}`
    if (fields.default === 'off') return `While it is locked, nobody${whom} gets it, also who switched it on.`
    if (off === undefined) return 'A lock overrules who switched it off.'
    const many = off === MOST ? `${MOST.toLocaleString('en')} users or more` : counted(off, 'user')
    return off === 0
      ? `Nobody${whom} has switched it off.`
      : `${many}${whom} ${off === 1 ? 'has' : 'have'} switched it off: while it is locked they get it all the same. What they chose holds again afterwards.`
  }

  #path (...rest: string[]): string {
    return pathOf(['topics', this.name, ...this.company === null ? [] : ['company', this.company], ...rest])
  }

  #put (): Call {
    return { method: 'PUT', path: this.#path(), body: bodyOf(this.fields) }
  }

  #read = (event: Event): void => {
    this.fields = withInput(this.fields, event)
  }

  #save = (event: Event): void => {
    event.preventDefault()
    const { fields, item, name, company } = this
    const call = this.#put()
    this.act(async () => {
      const locks = fields.locked && !(item?.locked && item.default === fields.default)
      if (locks && !await this.app.confirm({ title: `Lock ${name} ${fields.default}?`, text: this.#lockText(), action: 'Lock', calls: [call] })) return
      await this.app.call(call)
      this.app.say(`Saved for ${company ?? 'everybody'}.`)
      this.dispatchEvent(new Event('changed'))
    }).catch(() => {})
  }

  #remove = (): void => {
    const { name, company } = this
    const call: Call = { method: 'DELETE', path: this.#path() }
    this.act(async () => {
      const text = company === null ? 'It is on then, unless companies or users say otherwise.' : `What the operator says holds in ${company} then.`
      if (!await this.app.confirm({ title: `Remove the settings of ${name}?`, text, action: 'Remove', isDanger: true, calls: [call] })) return
      await this.app.call(call)
      this.app.say('Removed.')
      this.dispatchEvent(new Event('changed'))
    }).catch(() => {})
  }
}

customElements.define('console-topic', ConsoleTopic)
