import { html, LitElement, nothing } from 'lit'
import type { ApiError, Me } from '../access.ts'
import { look } from '../../shared/look.ts'
import { withInput } from '../parts/forms.ts'
import { consoleStyle } from '../parts/style.ts'
import type { Audience } from '../parts/words.ts'
import './audience.ts'
import { demandOf, NO_DEMAND, type Acknowledge, type Demanded } from './draft.ts'

const HOUR = 3600
const PACES = { '': 'Never', [HOUR]: 'Every hour', [6 * HOUR]: 'Every 6 hours', [24 * HOUR]: 'Every day', [7 * 24 * HOUR]: 'Every week' }

/**
 * `<console-demand>`: that a notification must be acknowledged: by when, with which reminders, and who is told in the end. Properties `me`,
 * `problem` (the refusal whose fields it marks); event `demand-change`, whose `detail` is the field `acknowledge`, or undefined.
 */
export class ConsoleDemand extends LitElement {
  static override styles = [look, consoleStyle]
  static override properties = { me: { attribute: false }, problem: { attribute: false }, fields: { state: true }, escalation: { state: true } }

  declare me: Me
  declare problem: ApiError | undefined
  protected declare fields: Demanded
  protected declare escalation: Audience | undefined

  constructor () {
    super()
    this.fields = NO_DEMAND
  }

  /** It was sent: the next one need not be acknowledged, unless somebody says so. */
  reset (): void {
    this.#set({ isOn: false })
  }

  override render () {
    const { isOn, by, every, reminders, escalates } = this.fields
    return html`<fieldset class="stack" @change=${this.#read} @input=${this.#read}>
      <legend class="hidden">Acknowledgement</legend>
      <div><label class="choice"><input type="checkbox" name="isOn" .checked=${isOn}>Must be acknowledged</label>
        <p class="hint">Until then it can be neither archived nor deleted. Reading it is not enough.</p></div>
      ${isOn
? html`<div class="fields">
        <div><label for="by">Until (optional)</label><input id="by" name="by" type="datetime-local" .value=${by} aria-invalid=${this.#wrong('by') !== undefined} aria-describedby="wrong-by">${this.#renderWrong('by')}</div>
        <div><label for="every">Remind who has not</label><select id="every" name="every">${Object.entries(PACES).map(([seconds, text]) => html`<option value=${seconds} .selected=${every === seconds}>${text}</option>`)}</select>${this.#renderWrong('remind_every')}</div>
        ${every === '' ? nothing : html`<div><label for="reminders">At most</label><select id="reminders" name="reminders">${[1, 2, 3, 4, 5, 6].map(count => html`<option value=${count} .selected=${reminders === String(count)}>${count === 1 ? 'once' : `${count} times`}</option>`)}</select></div>`}
      </div>
      <div><label class="choice"><input type="checkbox" name="escalates" .checked=${escalates} ?disabled=${by === ''} aria-describedby="escalates-hint">Tell somebody if not everybody has by then</label>
        ${by === '' ? html`<p class="hint" id="escalates-hint">Say until when first.</p>` : nothing}</div>
      ${escalates && by !== '' ? html`<console-audience .me=${this.me} heading="Who is told" first="users" @audience-change=${this.#onEscalation}></console-audience>${this.#renderWrong('escalate_to')}` : nothing}`
: nothing}
    </fieldset>`
  }

  #wrong (name: string): string | undefined {
    return this.problem?.errors.find(({ path }) => path.startsWith(`/acknowledge/${name}`))?.message
  }

  #renderWrong (name: string) {
    const message = this.#wrong(name)
    return message === undefined ? nothing : html`<p class="wrong" id="wrong-${name}">${message}</p>`
  }

  #read = (event: Event): void => {
    // What the fields of the audience hold is told by its own event.
    if ((event.target as HTMLInputElement).name in this.fields) this.#set(withInput(this.fields, event))
  }

  #onEscalation = ({ detail }: CustomEvent<Audience | undefined>): void => {
    this.escalation = detail
    this.#tell()
  }

  #set (change: Partial<Demanded>): void {
    this.fields = { ...this.fields, ...change }
    this.#tell()
  }

  #tell (): void {
    const fields = this.fields.by === '' ? { ...this.fields, escalates: false } : this.fields
    this.dispatchEvent(new CustomEvent<Acknowledge | undefined>('demand-change', { detail: demandOf(fields, this.escalation) }))
  }
}

customElements.define('console-demand', ConsoleDemand)

declare global { interface HTMLElementTagNameMap { 'console-demand': ConsoleDemand } }
