import { css } from 'lit'
import { preferenceStyles } from '../preferences/styles.ts'
import { rowStyles } from '../rows/styles.ts'

const frame = css`
.feed { position: relative; display: flex; flex-direction: column; min-block-size: 0 }
:host([contained]) .feed { flex: 0 1 auto }
:host(:not([contained])) :is(.row, a, button, input, select) { scroll-margin-block: calc(var(--belfry-sticky-top, 0px) + 40px) 72px }
.head { padding: 8px 16px 0; border-block-end: 1px solid var(--_line) }
.line { display: flex; flex-wrap: wrap-reverse; align-items: center; justify-content: space-between; column-gap: 12px }
.first { flex-wrap: nowrap }
.titles { flex: 1; min-inline-size: 0; padding-block: 4px }
.heading { display: inline; margin: 0; margin-inline-end: 8px; font-size: 1.1429em; font-weight: 600; line-height: 1.25 }
.count { display: inline-block; color: var(--_muted); font-size: 0.9286em; font-variant-numeric: tabular-nums }
.tabs { display: flex; flex-wrap: wrap; column-gap: 12px; margin-block-end: -1px }
.tab { min-inline-size: 32px; min-block-size: 40px; padding: 0 2px; border-block-end: 2px solid transparent; color: var(--_muted) }
.tab:hover { color: var(--_text) }
.tab[aria-selected=true] { border-color: var(--_accent); color: var(--_text); font-weight: 600 }
.tab .icon { margin-inline: auto }
.number { padding: 1px 6px; border-radius: 99px; background: var(--_accent-soft); color: var(--_accent); font-size: 0.8571em; font-weight: 600; font-variant-numeric: tabular-nums }
.quiet { min-block-size: 32px; padding: 0 4px; border-radius: 6px; color: var(--_accent) }
.head .quiet { margin-inline: -4px }
.quiet:hover { text-decoration: underline }
.close { margin-inline-end: -8px }
.scroller { position: relative; border-end-start-radius: inherit; border-end-end-radius: inherit }
:host([contained]) .scroller { min-block-size: 0; overflow-y: auto; overscroll-behavior: contain; scroll-padding-block: 40px 64px }
.top, .bottom { block-size: 1px; margin-block-end: -1px }
.new { position: sticky; z-index: 3; inset-block-start: calc(var(--belfry-sticky-top, 0px) + 8px); display: flex; align-items: center; gap: 4px; inline-size: fit-content; min-block-size: 36px; margin: 8px auto -44px; padding: 0 16px 0 12px; border-radius: 99px; background: var(--_button); color: #fff; font-weight: 600; box-shadow: 0 4px 12px rgb(0 0 0 / .24); animation: in .16s ease-out }
.new .icon { inline-size: 16px; block-size: 16px; stroke-width: 2.5 }
.day h3 { position: sticky; z-index: 2; inset-block-start: var(--belfry-sticky-top, 0px); margin: 0; padding: 12px 16px 4px; background: var(--_bg); color: var(--_muted); font-size: 0.8571em; font-weight: 600; line-height: 1.25 }
.older { padding: 16px; text-align: center; color: var(--_muted) }
.older p { margin: 0 }
.end { font-size: 0.8571em }
.bell { display: grid; place-items: center; inline-size: 48px; block-size: 48px; border-radius: 50%; background: var(--_success-soft); color: var(--_success) }
.banner { display: flex; align-items: center; gap: 8px; padding: 8px 16px; background: var(--_warning-soft); color: var(--_warning); font-size: 0.9286em }
.banner p { flex: 1; margin: 0 }
.banner .icon { flex: none }
.banner[data-kind=catching-up] { background: var(--_info-soft); color: var(--_info) }
.banner[data-kind=reminder] .icon > :first-child { fill: none }
.banner .tool { flex: none; color: inherit }
.banner .quiet { color: inherit; text-decoration: underline }
.undo { position: sticky; z-index: 3; inset-block-end: 12px; display: flex; align-items: center; justify-content: space-between; flex-wrap: wrap; column-gap: 12px; min-block-size: 48px; margin: 8px 12px 12px; padding: 4px 4px 4px 16px; border-radius: 8px; background: var(--_text); color: var(--_bg); box-shadow: 0 4px 16px rgb(0 0 0 / .28); animation: in .16s ease-out }
.undo:dir(rtl) { padding: 4px 16px 4px 4px }
:host([contained]) .undo { position: absolute; inset-inline: 0; inset-block-end: 0 }
.undo p { flex: 1 1 12ch; margin: 0 }
:host([contained]) .scroller:has(~ .undo) .notice { padding-block-end: 96px }
.undo .action { flex: none; display: flex; align-items: center; gap: 8px; min-block-size: 40px; padding: 0 12px; border: 0; background: none; color: inherit; margin-inline-start: auto; font-weight: 600; text-decoration: underline; white-space: nowrap }
.undo :focus-visible { outline-color: currentColor; outline-offset: -2px }
kbd { padding: 0 4px; border: 1px solid; border-radius: 4px; font: 400 0.8571em/1.5 var(--belfry-font, system-ui, sans-serif) }
@keyframes in { from { opacity: 0; transform: translateY(4px) } }
@media (hover: none) { kbd { display: none } .quiet, .tab, .new { min-block-size: 44px } }
@media (max-height: 400px) { :host([contained]) .scroller { scroll-padding-block: 0 } :host([contained]) .day h3 { position: static } }
@media (forced-colors: active) { .tab[aria-selected=false] { padding-block-end: 4px; border-width: 0 } .tab[aria-selected=true] { border-color: Highlight; border-block-end-width: 4px } .undo, .new, .banner { border: 1px solid } .dot { background: Highlight !important; forced-color-adjust: none } }
`

/** Beside those of the element. */
export const feedStyles = [frame, rowStyles, preferenceStyles]
