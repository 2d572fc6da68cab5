import { css } from 'lit'

export const rowStyles = css`
.row { position: relative; overflow: clip; border-block-end: 1px solid var(--_line); touch-action: pan-y }
.row:focus-visible { outline-offset: -2px; border-radius: 6px }
.row { --_row: var(--_bg) }
.row:hover { --_row: var(--_surface) }
.front { position: relative; display: grid; grid-template-columns: 20px minmax(0, 1fr) auto; column-gap: 12px; min-block-size: 56px; padding: 12px 16px 12px 20px; background: var(--_row); cursor: pointer; transition: background .12s ease-out, transform .16s ease-out }
.row:dir(rtl) .front { padding: 12px 20px 12px 16px }
[data-swiped] .front { transition: none }
.dot { position: absolute; inset-inline-start: 6px; inset-block-start: 18px; inline-size: 8px; block-size: 8px; border-radius: 50%; background: var(--_accent) }
.shape { padding-block-start: 1px }
.shape .icon { stroke-width: 2 }
.shape .icon > :first-child { stroke: none }
.picture { inline-size: 20px; block-size: 20px; border-radius: 4px; object-fit: cover }
.shape[data-type=info] { color: var(--_info) } .shape[data-type=info] :first-child { fill: var(--_info-soft) }
.shape[data-type=success] { color: var(--_success) } .shape[data-type=success] :first-child { fill: var(--_success-soft) }
.shape[data-type=warning] { color: var(--_warning) } .shape[data-type=warning] :first-child { fill: var(--_warning-soft) }
.shape[data-type=error] { color: var(--_error) } .shape[data-type=error] :first-child { fill: var(--_error-soft) }
.title { grid-column: 2; min-inline-size: 0; margin: 0; font: inherit }
.name { display: block; max-inline-size: 100%; overflow: hidden; color: inherit; text-decoration: none; text-overflow: ellipsis; white-space: nowrap; text-align: -webkit-match-parent; text-align: match-parent }
[data-unread] .name { font-weight: 600 }
a.name:hover { text-decoration: underline }
time { grid-column: 3; grid-row: 1; padding-block-start: 2px; color: var(--_muted); font-size: 0.8571em; font-variant-numeric: tabular-nums; white-space: nowrap }
.message { grid-column: 2 / -1; display: -webkit-box; margin: 2px 0 0; overflow: hidden; color: var(--_muted); -webkit-box-orient: vertical; -webkit-line-clamp: 2; white-space: pre-line; text-align: -webkit-match-parent; text-align: match-parent }
[data-open] .message { display: block; color: var(--_text); white-space: pre-wrap }
[data-open] .name { white-space: normal; overflow: visible }
.own { grid-column: 2; grid-row: 1; min-inline-size: 0 }
.foot { grid-column: 2 / -1; color: var(--_muted) }
.facts { display: flex; flex-wrap: wrap; align-items: center; column-gap: 12px; font-size: 0.8571em }
.acts { display: contents }
.facts > *, .action { margin-block-start: 8px }
.more { display: none; min-block-size: 24px; border-radius: 4px; color: var(--_accent); font-weight: 600 }
.more:hover { text-decoration: underline }
.front:has([data-cut]) .more, [data-open] .more { display: block }
.topic { padding: 1px 8px; border: 1px solid var(--_line); border-radius: 99px }
.note { font-style: italic }
.duty { display: flex; flex: 1 0 100%; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px 12px; padding: 6px 6px 6px 12px; border-radius: 6px; background: var(--_warning-soft); color: var(--_warning) }
.duty:dir(rtl) { padding: 6px 12px 6px 6px }
.duty[data-duty=due] { background: var(--_error-soft); color: var(--_error) }
.by, .kept { display: flex; align-items: center; gap: 8px }
.by { flex: 1 1 140px }
.by .icon { flex: none; inline-size: 16px; block-size: 16px; stroke-width: 2.5 }
.by .icon > :first-child { fill: none }
.kept .icon { flex: none; inline-size: 14px; block-size: 14px }
.acknowledge { min-block-size: 32px; padding: 0 12px; border-radius: 6px; background: var(--_button); color: #fff; font-size: 1.0833em; font-weight: 600 }
.acknowledge:hover { text-decoration: underline }
.action { position: relative; display: inline-flex; align-items: center; min-block-size: 32px; padding: 0 12px; border: 1px solid var(--_line-strong); border-radius: 6px; background: var(--_bg); color: var(--_text); font-size: 1.0833em; text-decoration: none }
.action:hover { border-color: var(--_accent); color: var(--_accent) }
.tools { position: absolute; inset-block-start: 6px; inset-inline-end: 8px; display: flex; padding-inline-start: 8px; border-radius: 8px; background: var(--_row); visibility: hidden }
.row:hover .tools, .row:focus .tools, .row:focus-within .tools { visibility: visible }
.tool { display: grid; place-items: center; inline-size: 32px; block-size: 32px; border-radius: 6px; color: var(--_muted) }
.tool:hover { background: var(--_accent-soft); color: var(--_accent) }
.tool[data-verb=delete]:hover { background: var(--_error-soft); color: var(--_error) }
.tool:focus-visible { outline-offset: -2px }
.tool .icon { inline-size: 18px; block-size: 18px }
.behind { position: absolute; inset: 0; display: flex; align-items: center; justify-content: space-between; padding: 0 24px; visibility: hidden }
[data-swiped] .behind { visibility: visible }
[data-swiped=forward] .behind { background: var(--_success-soft); color: var(--_success) }
[data-swiped=backward] .behind { background: var(--_error-soft); color: var(--_error) }
[data-swiped] .behind .icon { opacity: .4 }
[data-far] .behind .icon { opacity: 1; transform: scale(1.2) }
@media (hover: none) {
  .row:hover { --_row: var(--_bg) }
  .foot { display: flex; flex-wrap: wrap; align-items: center; column-gap: 12px; margin-block-end: -10px; font-size: 0.8571em }
  .facts { display: contents; font-size: 1em }
  .facts > * { margin: 0 }
  .duty { order: -2; margin-block: 10px 2px }
  .acknowledge { min-block-size: 44px }
  .acts { order: -1; display: flex; flex: 1 0 100%; flex-wrap: wrap; gap: 8px 12px; margin-block: 10px 2px }
  .action { min-block-size: 36px; margin: 0 }
  .action::after { position: absolute; inset: -5px; content: '' }
  .tools { position: static; margin-inline: auto -12px; padding: 0; background: none; visibility: visible }
  .tool { inline-size: 40px; block-size: 44px }
  .more { min-block-size: 44px }
  .foot:has(.acts):not(:has(.topic, .note)) { margin-block-end: -4px }
  .foot:has(.acts):not(:has(.topic, .note)) .acts { flex-basis: auto; margin-block: 4px 0 }
}
`
