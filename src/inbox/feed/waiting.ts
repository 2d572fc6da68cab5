import { css, html, type TemplateResult } from 'lit'
import type { Messages } from '../words/messages.ts'

/** What stands where the list, or the module that draws it, is being loaded. */
export function skeleton ({ loading }: Messages): TemplateResult {
  return html`
    <div part="loading" class="skeleton" aria-hidden="true">${Array.from({ length: 5 }, () => html`<div class="bone"><i></i><b></b><s></s><s></s></div>`)}</div>
    <p class="hidden">${loading}</p>`
}

/** What stands where they could not be loaded. `fault`: what the application has to mend, so that trying again is of no use. */
export function failure ({ error, retry }: Messages, onRetry: () => void, fault?: unknown): TemplateResult {
  const way = fault ? html`<p lang="en" dir="ltr">${(fault as Error).message}</p>` : html`<button type="button" part="button" class="strong" @click=${onRetry}>${retry}</button>`
  return html`<slot name="error"><div part="error" class="notice" data-type="error"><p>${error}</p>${way}</div></slot>`
}

export const waitingStyles = css`
:host { display: block; background: var(--_bg); border-radius: var(--_radius) }
:host([contained]) { display: flex; flex-direction: column; min-block-size: 0 }
.strong { min-block-size: 36px; padding: 0 16px; border-radius: 6px; background: var(--_button); color: #fff; font-weight: 600 }
.strong:hover { text-decoration: underline }
.notice { display: flex; flex-direction: column; align-items: center; gap: 16px; padding: 48px 24px; text-align: center; color: var(--_muted) }
.notice p { margin: 0; max-inline-size: 34ch }
.notice[data-type=error] p { color: var(--_error) }
.skeleton { padding: 16px }
.bone { display: grid; grid-template-columns: 20px 1fr; gap: 8px 12px; padding-block: 12px }
.bone > * { block-size: 10px; border-radius: 5px; background: var(--_line); animation: pulse 1.6s ease-in-out infinite alternate }
.bone i { block-size: 20px; grid-row: span 3; border-radius: 50% }
.bone b { inline-size: 55% }
.bone s:last-child { inline-size: 72% }
@keyframes pulse { to { opacity: .45 } }
@media (hover: none) { .strong { min-block-size: 44px } }
@media (prefers-reduced-motion: reduce) { *, ::before { animation: none !important; transition: none !important } }
@media (forced-colors: active) { .strong { border: 1px solid } }
`
