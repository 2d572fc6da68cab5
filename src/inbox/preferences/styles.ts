import { css } from 'lit'

export const preferenceStyles = css`
.prefs { display: grid; gap: 24px; padding: 16px }
.prefs > * { min-inline-size: 0 }
.prefs h3 { margin: 0; font-size: 1em; font-weight: 600; line-height: 1.25 }
.all { margin-block-start: 4px }
.prefs p { margin: 0 }
.away { display: flex; align-items: center; gap: 8px; margin: -16px -16px 0 !important; padding: 8px 16px; background: var(--_warning-soft); color: var(--_warning); font-size: 0.9286em }
.away .icon { flex: none }
.outcome { position: sticky; inset-block-end: 0; padding-block: 8px; background: var(--_bg); color: var(--_success) }
.outcome:not([data-outcome=saved]) { color: var(--_error) }
.outcome[data-outcome=''] { display: none }
.hint { color: var(--_muted); font-size: 0.9286em }
.about .hint { text-align: -webkit-match-parent; text-align: match-parent }
.lock { display: flex; align-items: center; gap: 4px }
.lock .icon { flex: none; inline-size: 14px; block-size: 14px }
.choosing { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 4px 16px; padding-block: 12px; border-block-end: 1px solid var(--_line) }
.about { flex: 1 1 160px; min-inline-size: 0 }
.label { font-weight: 600 }
.choices { display: flex; flex-wrap: wrap; gap: 0 16px }
.choice { display: flex; align-items: center; gap: 8px; min-block-size: 36px; cursor: pointer }
.choice:has(:disabled) { color: var(--_muted); cursor: default }
.prefs input[type=checkbox] { flex: none; inline-size: 18px; block-size: 18px; margin: 0; accent-color: var(--_button) }
.prefs select, .prefs input[type=time] { min-block-size: 36px; max-inline-size: 100%; padding: 0 8px; border: 1px solid var(--_line-strong); border-radius: 6px; background: var(--_bg); color: inherit; font: inherit }
.prefs [aria-invalid=true] { border-color: var(--_error) }
.prefs form, .prefs form > div { display: grid; grid-template-columns: minmax(0, 1fr); justify-items: start; gap: 24px }
.prefs form > div { gap: 8px }
.times { display: flex; flex-wrap: wrap; align-items: end; gap: 8px 16px }
.times .hint { min-block-size: 36px; line-height: 36px }
.field { display: grid; grid-template-columns: minmax(0, auto); gap: 4px; max-inline-size: 100% }
.prefs fieldset { min-inline-size: 0; margin: 0; padding: 0; border: 0 }
.prefs legend { padding: 0; margin-block-end: 4px }
.days { display: flex; flex-wrap: wrap; gap: 4px }
.day-choice { position: relative; cursor: pointer }
.day-choice span { display: grid; place-items: center; min-inline-size: 40px; block-size: 36px; padding: 0 8px; border: 1px solid var(--_line-strong); border-radius: 6px }
.prefs .day-choice input { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; opacity: 0; cursor: inherit }
.day-choice :checked + span { border-color: transparent; background: var(--_button); color: #fff; font-weight: 600 }
.day-choice :focus-visible + span { outline: 2px solid var(--_accent); outline-offset: 2px }
.day-choice :disabled + span { opacity: .6 }
.fault { color: var(--_error); font-size: 0.9286em }
.fault:empty { display: none }
.strong:disabled { opacity: .6; cursor: default }
@media (hover: none) { .choice, .prefs select, .prefs input[type=time], .day-choice span { min-block-size: 44px } .day-choice span { min-inline-size: 44px } .prefs select, .prefs input[type=time] { font-size: 16px } }
@media (forced-colors: active) { .day-choice :checked + span { border: 2px solid Highlight; background: Highlight; color: HighlightText; forced-color-adjust: none } }
`
