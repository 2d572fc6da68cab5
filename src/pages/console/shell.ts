import { css } from 'lit'

/** The rail and the bar around the pages. */
export const shellStyle = css`
:host { min-height: 100dvh; --sticky-top: 64px }
.skip { position: absolute; inset-inline-start: 8px; top: -48px; z-index: 5; padding: 8px 12px; background: var(--bg); border-radius: 6px }
.skip:focus { top: 8px }
nav { background: var(--surface); border-bottom: 1px solid var(--line) }
.brand { display: flex; align-items: center; justify-content: space-between; gap: 8px; padding: 8px 16px; min-height: 56px }
.brand a { display: flex; align-items: center; gap: 8px; color: var(--text); font-size: 16px; font-weight: 600; text-decoration: none; min-height: 32px }
.pages { background: var(--surface); color: var(--text) }
.pages ul { display: grid; gap: 2px; padding: 8px }
.pages li a { display: flex; gap: 12px; align-items: center; min-height: 36px; padding: 4px 12px; border-radius: 6px; color: var(--text); text-decoration: none }
.pages li a:hover { background: var(--line) }
.pages li a[aria-current] { background: var(--accent-soft); color: var(--accent); font-weight: 600 }
.who { padding: 16px 20px; border-top: 1px solid var(--line); font-size: 13px; overflow-wrap: anywhere }
.links { display: flex; flex-wrap: wrap; gap: 4px 12px; margin-top: 8px }
.links > * { min-height: 24px; display: inline-flex; align-items: center }
.waiting:not(:empty) { position: fixed; z-index: 6; inset-inline: 0; top: 0; margin: 0 auto; inline-size: fit-content; max-inline-size: calc(100% - 32px); padding: 8px 16px; border-radius: 0 0 10px 10px; background: var(--text); color: var(--bg) }
@media (forced-colors: active) { .pages li a[aria-current] { outline: 2px solid Highlight; outline-offset: -2px } }
main { padding: 16px; max-width: 1248px; outline: none; min-width: 0 }
main:focus-visible { outline: none }
@media (max-width: 899px) {
  nav { position: sticky; top: 0; z-index: 3 }
  .pages:popover-open { position: fixed; inset: 56px 0 auto; margin: 0; inline-size: auto; max-height: calc(100dvh - 56px); overflow: auto; border: 0; border-bottom: 1px solid var(--line); box-shadow: 0 8px 24px rgb(0 0 0 / .2) }
  .pages li a { min-height: 44px }
}
@media (min-width: 900px) {
  :host { display: grid; grid-template-columns: 216px minmax(0, 1fr) }
  nav { position: sticky; top: 0; block-size: 100dvh; overflow: auto; border: 0; border-inline-end: 1px solid var(--line); display: flex; flex-direction: column }
  .menu { display: none }
  .pages, .pages:not(:popover-open) { display: flex; flex-direction: column; flex: 1; position: static; inline-size: auto; block-size: auto; margin: 0; padding: 0; border: 0; overflow: visible }
  .who { margin-top: auto }
  main { padding: 24px }
  .wait, belfry-login { grid-column: 1 / -1 }
}
`
