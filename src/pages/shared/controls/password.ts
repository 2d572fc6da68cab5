import { css, html, LitElement } from 'lit'
import { look } from '../look.ts'

/**
 * `<belfry-password>`: a labelled password field of the form around it, with a button that shows what was typed.
 * `name` and `autocomplete` are the field's; `fault` is what is wrong with it. Its input is in the light tree, where
 * password managers look and forms read it.
 */
export class PasswordField extends LitElement {
  static override properties = { name: {}, label: {}, autocomplete: {}, hint: {}, fault: {}, minlength: { type: Number }, isShown: { state: true } }

  declare name: string
  declare label: string
  declare autocomplete: 'current-password' | 'new-password'
  declare hint: string | undefined
  declare fault: string | undefined
  declare minlength: number | undefined
  declare isShown: boolean

  constructor () {
    super()
    this.name = 'password'
    this.label = 'Password'
    this.autocomplete = 'current-password'
    this.isShown = false
  }

  protected override createRenderRoot (): HTMLElement { return this }

  get input (): HTMLInputElement { return this.querySelector('input')! }

  override render () {
    const { name, label, autocomplete, hint, fault, isShown } = this
    return html`<div class="field">
      <label for=${name}>${label}</label>
      <input id=${name} name=${name} type=${isShown ? 'text' : 'password'} autocomplete=${autocomplete} required maxlength="1024" spellcheck="false" autocapitalize="none"
        aria-invalid=${fault ? 'true' : 'false'} aria-describedby="${name}-hint">
      <button type="button" class="link" @click=${() => { this.isShown = !isShown }}>${isShown ? 'Hide' : 'Show'}<span class="hidden"> ${label.toLowerCase()}</span></button>
      <p id="${name}-hint" class=${fault ? 'fault' : 'hint'} ?hidden=${!fault && !hint}>${fault ?? hint}</p>
    </div>`
  }
}

/** For the tree that it stands in. */
export const passwordStyle = css`
${look}
/* The button stands above the field, and comes after it for the keyboard. */
belfry-password .field { grid-template-columns: 1fr auto; grid-template-areas: "label button" "input input" "hint hint" }
belfry-password label { grid-area: label }
belfry-password input { grid-area: input }
belfry-password p { grid-area: hint }
belfry-password button.link { grid-area: button; min-height: 24px; padding-inline: 4px; font-size: 13px }
`

customElements.define('belfry-password', PasswordField)
declare global { interface HTMLElementTagNameMap { 'belfry-password': PasswordField } }
