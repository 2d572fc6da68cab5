import { html, nothing, type TemplateResult } from 'lit'
import { ConsoleView } from './page.ts'

/** A page of a list, whichever way it is paged. */
export interface Listed<T> { items: T[], next_before?: string | null, next_after?: string | null }

/**
 * A list whose filters and place are in the address, and whose filtering and paging are the server's. It asks for one page
 * at a time, and keeps none but that.
 */
export abstract class ConsoleList<Item> extends ConsoleView {
  static override properties = { ...ConsoleView.properties, list: { state: true } }

  protected declare list: Listed<Item> | undefined
  /** The path of the API that `list` is from; undefined if it has to be asked again. */
  #listed: string | undefined

  /** The names of the filters, as the address and the API have them. */
  protected abstract readonly filters: readonly string[]
  /** The parameter of the address that says where a page begins. */
  protected abstract readonly placeName: 'before' | 'after'

  /** The filters and the place of the address. */
  protected get query (): Record<string, string | undefined> {
    return Object.fromEntries([...this.filters, this.placeName].map(name => [name, this.route.query.get(name) ?? undefined]))
  }

  protected get isFiltered (): boolean {
    return this.filters.some(name => this.route.query.get(name))
  }

  /** Where the list is alone, as it is filtered and paged. */
  protected get closeHref (): string {
    return this.app.href(this.route.page!, undefined, this.query)
  }

  /** Fetches the list, unless it is there: it stays when something in it is opened or closed. */
  protected async fetchList (path: string, signal: AbortSignal): Promise<void> {
    if (path === this.#listed) return
    this.list = await this.app.call<Listed<Item>>({ method: 'GET', path }, signal)
    this.#listed = path
  }

  /** The list has to be asked again with the next load. */
  protected forgetList (): void {
    this.#listed = undefined
  }

  /** Something in the list has changed. */
  protected changed = (): void => {
    this.forgetList()
    this.reload()
  }

  /** What was open is not there any more. */
  protected removed = (): void => {
    this.forgetList()
    this.app.go(this.closeHref, { replace: true })
  }

  protected applyFilters = (event: Event): void => {
    event.preventDefault()
    const data = new FormData(event.currentTarget as HTMLFormElement)
    const query = Object.fromEntries(this.filters.map(name => [name, String(data.get(name) ?? '').trim()]))
    this.app.go(this.app.href(this.route.page!, undefined, query))
  }

  /** The filters as a form; `fields` are its inputs, by the names of the filters. */
  protected renderFilters (fields: TemplateResult): TemplateResult {
    const clear = this.isFiltered ? html`<a class="button quiet" href=${this.app.href(this.route.page!)}>Clear</a>` : nothing
    return html`<form class="filters" role="search" @submit=${this.applyFilters}>${fields}<div class="row"><button>Filter</button>${clear}</div></form>`
  }

  protected renderText (name: string, label: string, type: 'text' | 'search' | 'date' = 'text', placeholder = '') {
    return html`<div><label for=${name}>${label}</label><input id=${name} name=${name} type=${type} placeholder=${placeholder} autocomplete="off" autocapitalize="off" .value=${this.route.query.get(name) ?? ''}></div>`
  }

  protected renderChoice (name: string, label: string, values: readonly string[], any = 'Any') {
    const chosen = this.route.query.get(name) ?? ''
    return html`<div><label for=${name}>${label}</label><select id=${name} name=${name}><option value="" .selected=${chosen === ''}>${any}</option>${values.map(value => html`<option .selected=${chosen === value}>${value}</option>`)}</select></div>`
  }

  /** A table with a sticky head, in a region that scrolls by itself; what is there instead of an empty one. */
  protected renderTable (name: string, head: TemplateResult, row: (item: Item) => TemplateResult, empty: TemplateResult): TemplateResult {
    const { list } = this
    if (!list) return html`<p class="muted" role="status">${this.problem ? '' : 'Loading…'}</p>`
    if (list.items.length === 0) return html`<div class="empty">${this.isFiltered ? html`<p>Nothing matches${list.next_before ? ' on this page; older ones may' : ''}.</p>` : empty}</div>${this.renderPaging()}`
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${name} aria-busy=${this.isLoading}><table>
      <thead><tr>${head}</tr></thead><tbody>${list.items.map(row)}</tbody>
    </table></div>${this.renderPaging()}`
  }

  protected renderPaging () {
    const next = this.list?.next_before ?? this.list?.next_after
    const place = this.route.query.get(this.placeName)
    if (!next && !place) return nothing
    const href = (at: string | undefined) => this.app.href(this.route.page!, undefined, { ...this.query, [this.placeName]: at })
    return html`<nav class="row" aria-label="Pages">
      ${place ? html`<a class="button" href=${href(undefined)}>First page</a>` : nothing}
      ${next ? html`<a class="button" href=${href(next)}>Next page</a>` : html`<span class="muted">The last page.</span>`}
    </nav>`
  }
}
