import { html, nothing } from 'lit'
import '../../shared/controls/copy.ts'
import { pathOf, type Call } from '../access.ts'
import '../parts/curl.ts'
import { icon } from '../parts/icons.ts'
import { ConsoleView } from '../parts/page.ts'
import { when, whenDue } from '../parts/when.ts'
import { amount, fromLocal, namesIn } from '../parts/words.ts'

interface Key { id: string, name: string, scopes: string[], created_at: string, last_used_at: string | null, rate_limit: number | null, expires_at: string | null }

/** What a key may do, as people say it. Scopes of one company have its name at the end. */
const SCOPES: Record<string, string> = {
  'inbox:read': 'Read every inbox',
  'send:all': 'Send to everyone',
  'users:write': 'Manage users',
  'groups:write': 'Manage groups',
  'topics:write': 'Manage topics',
  'reports:read': 'Read reports',
  'events:read': 'Read the event feed',
  'metrics:read': 'Read metrics and the overview'
}

/** `<console-keys>`: API keys: makes one and shows it once, revokes them. */
export class ConsoleKeys extends ConsoleView {
  static override properties = { ...ConsoleView.properties, items: { state: true }, made: { state: true }, fields: { state: true } }

  protected declare items: Key[] | undefined
  protected declare made: { name: string, key: string } | undefined
  protected declare fields: { name: string, scopes: string[], companies: string, limit: string, expires: string }

  constructor () {
    super()
    this.fields = NEW
  }

  protected override async load (signal: AbortSignal): Promise<void> {
    this.items = (await this.app.call<{ items: Key[] }>({ method: 'GET', path: pathOf(['keys']) }, signal)).items
  }

  override render () {
    const { items, made } = this
    const isNew = this.route.item === 'new'
    return html`<div class="head"><h1>API keys</h1><a class="button primary" href=${this.app.href('keys', 'new')}>Create a key</a></div>
      ${this.renderProblem(this.items ? undefined : this.reload)}
      ${made
? html`<div class="note success" id="made" tabindex="-1">${icon('success')}<div><p>The key of ${made.name}. It is not shown again: keep it now.</p>
        <p class="row"><code class="mono" id="secret">${made.key}</code> <belfry-copy .value=${made.key} label="Copy the key"></belfry-copy></p></div></div>`
: nothing}
      <div class="split ${isNew ? 'open detail' : ''}">
        <div>${items === undefined
? html`<p class="muted" role="status">${this.problem ? '' : 'Loading…'}</p>`
: items.length === 0
  ? html`<div class="empty"><p>No keys yet. A backend sends with one, instead of a user's token.</p><p><a href=${this.app.href('keys', 'new')}>Create the first</a></p></div>`
  : html`<div class="scroll" tabindex="0" role="region" aria-label="API keys"><table>
          <thead><tr><th scope="col">Name</th><th scope="col">May</th><th scope="col" class="number wide">A minute</th><th scope="col" class="wide">Last used</th><th scope="col" class="wide">Expires</th><th scope="col"><span class="hidden">Revoke</span></th></tr></thead>
          <tbody>${items.map(key => html`<tr><th scope="row">${key.name}<br><span class="mono muted">${key.id}</span></th><td class="mono">${key.scopes.join(', ')}</td><td class="number wide">${key.rate_limit === null ? '–' : amount(key.rate_limit)}</td>
            <td class="wide">${key.last_used_at ? when(key.last_used_at) : 'never'}</td><td class="wide">${key.expires_at ? whenDue(key.expires_at) : 'never'}</td>
            <td><button class="danger" aria-disabled=${this.isBusy} @click=${() => this.#revoke(key)}>Revoke<span class="hidden"> ${key.name}</span></button></td></tr>`)}</tbody></table></div>`}</div>
        ${isNew ? this.#renderNew() : nothing}
      </div>`
  }

  #renderNew () {
    const { fields } = this
    return html`<section class="card" aria-labelledby="new"><div class="head"><h2 id="new">New key</h2><a class="button quiet" href=${this.app.href('keys')}>Close</a></div>
      <form class="stack" novalidate @submit=${this.#create} @input=${this.#read}>
        <div><label for="name">Name</label><input id="name" name="name" maxlength="128" autocomplete="off" .value=${fields.name} aria-invalid=${this.wrong('name') !== undefined} aria-describedby="name-hint wrong-name"><p class="hint" id="name-hint">Which backend it is for.</p>${this.renderWrong('name')}</div>
        <fieldset><legend>It may</legend>${Object.entries(SCOPES).map(([scope, text]) => html`<div><label class="choice"><input type="checkbox" name="scope" value=${scope} .checked=${fields.scopes.includes(scope)}>${text}</label></div>`)}</fieldset>
        <div><label for="companies">Send to these companies (optional)</label><input id="companies" name="companies" autocomplete="off" .value=${fields.companies}></div>
        <div class="fields">
          <div><label for="limit">Requests a minute (optional)</label><input id="limit" name="limit" type="number" min="1" .value=${fields.limit} aria-invalid=${this.wrong('rate_limit') !== undefined} aria-describedby="wrong-rate_limit">${this.renderWrong('rate_limit')}</div>
          <div><label for="expires">Expires (optional)</label><input id="expires" name="expires" type="datetime-local" .value=${fields.expires} aria-invalid=${this.wrong('expires_at') !== undefined} aria-describedby="wrong-expires_at">${this.renderWrong('expires_at')}</div>
        </div>
        ${this.renderWrong('scopes')}
        <div class="row"><button class="primary" aria-disabled=${this.isBusy}>Create</button></div>
        <console-curl .calls=${[this.#call()]}></console-curl>
      </form></section>`
  }

  #call (): Call {
    const { name, scopes, companies, limit, expires } = this.fields
    const all = [...scopes, ...namesIn(companies).map(company => `send:company:${company}`)]
    return { method: 'POST', path: pathOf(['keys']), body: { name, scopes: all, ...(limit === '' ? {} : { rate_limit: Number(limit) }), ...(expires === '' ? {} : { expires_at: fromLocal(expires) }) } }
  }

  #read = (event: Event): void => {
    const { name, value, checked } = event.target as HTMLInputElement
    const scopes = this.fields.scopes.filter(scope => scope !== value)
    this.fields = name === 'scope' ? { ...this.fields, scopes: checked ? [...scopes, value] : scopes } : { ...this.fields, [name]: value }
  }

  #create = (event: Event): void => {
    event.preventDefault()
    this.act(async () => {
      this.made = await this.app.call<{ name: string, key: string }>(this.#call())
      this.fields = NEW
      this.app.go(this.app.href('keys'))
      this.app.say('Created.')
      await this.updateComplete
      this.renderRoot.querySelector<HTMLElement>('#made')?.focus()
    }).catch(() => {})
  }

  #revoke ({ id, name, last_used_at: used }: Key): void {
    const call: Call = { method: 'DELETE', path: pathOf(['keys', id]) }
    this.act(async () => {
      if (!await this.app.confirm({ title: `Revoke ${name}?`, text: `Whatever uses it is refused at once. ${used ? 'It was used before.' : 'It was never used.'} This cannot be undone.`, action: 'Revoke', isDanger: true, calls: [call] })) return
      await this.app.call(call)
      this.app.say(`${name} is revoked.`)
    }).then(isDone => { if (isDone) this.reload() }, () => {})
  }
}

const NEW = { name: '', scopes: [] as string[], companies: '', limit: '', expires: '' }

customElements.define('console-keys', ConsoleKeys)
