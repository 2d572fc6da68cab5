import { css } from 'lit'

/**
 * What every shadow tree of the pages begins with: type, space, focus, and the controls that are plain HTML. Colours
 * are custom properties of the document (`base.ts`). Sizes of type: 12, 13, 14, 16, 20, 28. Of space: 4, 8, 12, 16, 24, 32, 48.
 */
export const look = css`
* { box-sizing: border-box }
:host { display: block }
:host([hidden]), [hidden] { display: none !important }
h1, h2, h3 { margin: 0; font-weight: 600; line-height: 1.25; text-wrap: balance }
h1 { font-size: 28px }
h2 { font-size: 20px }
h3 { font-size: 16px }
p, ul, ol, dl, dd, figure { margin: 0 }
ul, ol { padding: 0; list-style: none }
a { color: var(--accent); text-underline-offset: 2px }
strong { font-weight: 600 }
code, .mono { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .9em }
.muted { color: var(--muted) }
.small { font-size: 13px }
.number { font-variant-numeric: tabular-nums }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
:focus:not(:focus-visible) { outline: none }
/* What gets the focus must not stand below a header that stays at the top (WCAG 2.4.11). */
a, button, input, select, textarea, summary { scroll-margin-top: var(--sticky-top, 0px) }

button, .button {
  display: inline-flex; align-items: center; justify-content: center; gap: 8px;
  min-height: 36px; padding: 6px 14px;
  border: 1px solid var(--line-strong); border-radius: 6px;
  background: var(--bg); color: var(--text);
  font: inherit; font-size: 14px; font-weight: 600; line-height: 1.4; text-align: center; text-decoration: none; overflow-wrap: break-word;
  cursor: pointer; user-select: none; touch-action: manipulation;
  transition: background-color .12s ease-out, border-color .12s ease-out;
}
button:hover, .button:hover { background: var(--surface) }
button.primary, .button.primary { border-color: transparent; background: var(--button); color: #fff }
button.primary:hover, .button.primary:hover { background: color-mix(in srgb, var(--button), #000 12%) }
button.danger { border-color: var(--error); color: var(--error) }
button.danger:hover { background: var(--error-soft) }
button.quiet, .button.quiet { border-color: transparent; background: none }
button.quiet:hover, .button.quiet:hover { background: var(--surface) }
button.icon { width: 36px; padding: 0 }
button.link { min-height: 0; padding: 0; border: 0; background: none; color: var(--accent); font-size: inherit; font-weight: inherit; text-decoration: underline; text-underline-offset: 2px }
button:disabled, button[aria-disabled=true] { opacity: .6; cursor: default }
svg.icon { width: 20px; height: 20px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round }

label { display: block; font-size: 14px; font-weight: 600 }
input:not([type=checkbox], [type=radio]), select, textarea {
  display: block; width: 100%; min-height: 40px; padding: 8px 12px;
  border: 1px solid var(--line-strong); border-radius: 6px;
  background: var(--bg); color: var(--text); font: inherit;
}
textarea { min-height: 96px; resize: vertical }
input::placeholder, textarea::placeholder { color: var(--muted); opacity: 1 }
[aria-invalid=true] { border-color: var(--error) !important }
.field { display: grid; gap: 4px }
.field .hint { color: var(--muted); font-size: 13px }
.field .fault { color: var(--error); font-size: 13px }
fieldset { min-width: 0; margin: 0; padding: 0; border: 0 }
legend { padding: 0; font-size: 14px; font-weight: 600 }

.card { padding: 16px; border: 1px solid var(--line); border-radius: 10px; background: var(--surface) }
.note { padding: 12px 16px; border-radius: 10px; font-size: 14px }
.note.info { background: var(--info-soft); color: var(--info) }
.note.success { background: var(--success-soft); color: var(--success) }
.note.warning { background: var(--warning-soft); color: var(--warning) }
.note.error { background: var(--error-soft); color: var(--error) }
/* A region that has nothing to say takes no room; it stays for screen readers, which wait for what comes into it. */
[role=alert]:empty, [role=status]:empty { position: absolute }
.stack { display: grid; gap: 16px; justify-items: stretch }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: 8px }
.chip { display: inline-block; padding: 1px 8px; border: 1px solid var(--line); border-radius: 999px; color: var(--muted); font-size: 12px }

@media (pointer: coarse) {
  button:not(.link), .button, input:not([type=checkbox], [type=radio]), select { min-height: 44px }
  button.icon { width: 44px }
  /* With smaller type, iOS zooms into a field that gets the focus. */
  input, select, textarea { font-size: 16px }
}
@media (prefers-reduced-motion: reduce) { *, ::before, ::after { transition: none !important; animation: none !important } }
@media (forced-colors: active) {
  button, .button, .card, .note { border: 1px solid }
  button:disabled, button[aria-disabled=true] { opacity: 1; color: GrayText }
}
`
