import { css } from 'lit'

/** What the pages of the console add to `look`: denser type, tables, filters, lists of facts. */
export const consoleStyle = css`
:host { font-size: 14px; line-height: 1.5 }
h1 { font-size: 20px }
h2 { font-size: 16px; margin-bottom: 8px }
h3 { font-size: 14px; margin-bottom: 4px }
p { max-width: 68ch }
.mono { overflow-wrap: anywhere }
.head { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; justify-content: space-between; margin-bottom: 16px }
.head :is(h2, h3) { margin-bottom: 0 }
/* The words of a button without a border end where all else does. */
:is(.card, .stack) :is(.head, .between) > .quiet { margin-inline: -13px }
.stack > .head { margin-bottom: 0 }
.card { margin-bottom: 16px; min-width: 0 }
section.card { display: grid; gap: 16px; grid-template-columns: minmax(0, 1fr) }
section.card > *, section.card > form > h3 { margin-block: 0 }
.stack { gap: 12px; grid-template-columns: minmax(0, 1fr) }
button, .button { min-height: 32px; padding: 4px 12px }
input:not([type=checkbox], [type=radio]), select, textarea { min-height: 32px; padding: 4px 8px; font-size: 14px }
/* Chromium makes it a pixel higher than its neighbours. */
input[type=date] { block-size: 32px }
textarea { min-height: 80px }
input[type=checkbox], input[type=radio] { inline-size: 16px; block-size: 16px; margin: 0; accent-color: var(--button); flex: none }
label { margin-bottom: 4px }
legend { margin-bottom: 4px }
.hint { color: var(--muted); font-size: 13px; margin-top: 4px }
.wrong { color: var(--error); font-size: 13px; margin-top: 4px }
.choice { display: inline-flex; gap: 8px; align-items: center; font-weight: 400; min-height: 32px; margin: 0; margin-inline-end: 16px }
.filters { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 130px), 1fr)); gap: 8px 12px; align-items: end; margin-bottom: 16px }
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 220px), 1fr)); gap: 12px 16px; align-items: start }

.scroll { overflow: auto; border: 1px solid var(--line); border-radius: 10px; margin-bottom: 16px; max-height: 75vh }
table { border-collapse: collapse; inline-size: 100%; font-variant-numeric: tabular-nums }
th { position: sticky; top: 0; z-index: 1; background: var(--surface); text-align: start; font-weight: 600; font-size: 13px; white-space: nowrap }
th, td { padding: 8px 12px; height: 40px; border-bottom: 1px solid var(--line); vertical-align: top }
/* A long word breaks, but makes no column narrower than its words; what somebody wrote has a word of any length, and a least width instead. */
td { overflow-wrap: break-word }
td.text { overflow-wrap: anywhere; min-inline-size: 84px }
td.kind { position: relative }
tbody tr:last-child > * { border-bottom: 0 }
tbody tr:hover > *, tbody tr[aria-current] > * { background: var(--surface) }
tbody tr[aria-current] > * { background: var(--accent-soft) }
tbody th { font-weight: 400; background: none; position: static; white-space: normal; font-size: inherit; overflow-wrap: anywhere; min-inline-size: 120px }
th.number, td.number { text-align: end; white-space: nowrap }
dl { display: grid; grid-template-columns: minmax(90px, max-content) minmax(0, 1fr); gap: 4px 16px; margin: 0 0 12px }
dt { color: var(--muted) }
dd { overflow-wrap: anywhere }
dd belfry-time { white-space: normal }
dd.mono { display: flex; align-items: center; gap: 4px }

.type { display: inline-flex; gap: 4px; align-items: center; white-space: nowrap }
.type svg.icon { inline-size: 16px; block-size: 16px }
/* The shape is filled, the sign in it is drawn. */
:is(.type, .note, .figure) svg.icon > :first-child { stroke: none; fill: color-mix(in srgb, currentColor 18%, transparent) }
.type.info .icon { color: var(--info) }
.type.success .icon { color: var(--success) }
.type.warning .icon { color: var(--warning) }
.type.error .icon { color: var(--error) }
.note { display: flex; gap: 8px; padding: 8px 12px; margin-bottom: 16px; overflow-wrap: anywhere }
.note > div { min-width: 0; display: grid; gap: 8px; justify-items: start }
.note a, .note .muted { color: inherit }
.stack .note { margin-bottom: 0 }
.lead { margin-bottom: 12px }
.narrow { display: none }
.empty { padding: 32px 16px; text-align: center; color: var(--muted); border: 1px dashed var(--line); border-radius: 10px; margin-bottom: 16px }
.empty p { margin-inline: auto }
.split { display: grid; grid-template-columns: minmax(0, 1fr); gap: 24px }
summary { cursor: pointer; color: var(--accent); min-height: 32px; display: flex; align-items: center; width: fit-content }
summary::-webkit-details-marker { display: none }
summary::before { content: '▸'; margin-inline-end: 6px }
summary:dir(rtl)::before { content: '◂' }
details[open] > summary::before { content: '▾' }
@media (min-width: 1200px) { .split.open { grid-template-columns: minmax(0, 1fr) 380px; align-items: start } }
/* Beside the list where there is room, else a page of its own. */
@media (max-width: 1199px) { .split.detail > :first-child { display: none } }
@media (max-width: 700px) {
  .wide { display: none }
  .narrow { display: block }
  th, td { padding: 8px }
  .kind span span, th.kind span { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%) }
}
@media (pointer: coarse) {
  summary, .choice { min-height: 44px }
  /* Phones zoom into what is smaller than 16 px. */
  input:not([type=checkbox], [type=radio]), select, textarea { min-height: 44px; font-size: 16px }
  input[type=date] { block-size: 44px }
}
/* Backgrounds are gone there, and pictures keep their own colours: what they say is said by lines. */
@media (forced-colors: active) {
  tbody tr[aria-current] > * { border-block: 2px solid Highlight }
  :is(.type, .note, .figure) svg.icon { color: CanvasText !important }
  :is(.type, .note, .figure) svg.icon > :first-child { stroke: currentColor; fill: none }
}
`
