import { css } from 'lit'
import { tokens } from '../base/tokens.ts'

const bell = css`
:host { position: relative; display: inline-block; vertical-align: middle }
.bell { position: relative; display: grid; place-items: center; inline-size: 40px; block-size: 40px; border-radius: 8px; anchor-name: --bell }
.bell:hover { background: var(--_accent-soft) }
.bell svg { display: block; inline-size: 24px; block-size: 24px; fill: var(--_brass) }
.badge { position: absolute; inset-block-start: 1px; inset-inline-start: 20px; min-inline-size: 18px; padding: 0 5px; border-radius: 99px; background: var(--_button); color: #fff; box-shadow: 0 0 0 2px var(--_bg); font: 600 11px/18px system-ui, sans-serif; font-variant-numeric: tabular-nums; text-align: center; white-space: nowrap }
.badge[data-due] { background: #ad2119 }
.panel { position: fixed; inset: auto; z-index: 2147483000; display: none; flex-direction: column; inline-size: min(var(--belfry-width, 380px), 100vw - 16px); max-block-size: min(var(--belfry-height, 560px), 80vh); margin: 8px 0; padding: 0; border: 1px solid var(--_line); border-radius: var(--_radius); overflow: hidden; background: var(--_bg); color: var(--_text); box-shadow: 0 12px 40px rgb(0 0 0 / .22) }
.panel:focus-visible { outline-offset: -2px }
.panel[data-open] { display: flex; animation: in .16s ease-out }
.panel[data-scripted] { margin: 0 }
belfry-feed { flex: 0 1 auto }
.full { display: block; flex: none; padding: 10px 16px; border-block-start: 1px solid var(--_line); background: var(--_bg); color: var(--_accent); text-align: center; text-decoration: none }
.full:hover { text-decoration: underline }
.full:focus-visible { outline-offset: -4px }
@supports (position-area: block-end span-inline-start) {
  .panel:not([data-scripted]) { position-anchor: --bell; position-area: block-end span-inline-start; position-try-fallbacks: flip-inline, flip-block, flip-block flip-inline }
}
@media (max-width: 479.98px) {
  .panel { position-area: none !important; inset: auto 0 0 0 !important; inline-size: 100%; max-inline-size: none; max-block-size: 85vh; max-block-size: 85dvh; margin: 0; border-width: 1px 0 0; border-radius: 16px 16px 0 0; padding-block-end: env(safe-area-inset-bottom) }
  .panel[data-open] { animation: up .18s ease-out }
  .panel::backdrop { background: rgb(0 0 0 / .4) }
}
@media (max-height: 400px) { .panel { position-area: none !important; inset-block: 0 auto !important; inset-inline: auto 0 !important; max-block-size: 100vh; max-block-size: 100dvh; margin-block: 0 } }
@keyframes in { from { opacity: 0; transform: translateY(-4px) } }
@keyframes up { from { transform: translateY(24px); opacity: 0 } }
@media (hover: none) { .bell { inline-size: 44px; block-size: 44px } .full { padding-block: 12px } }
@media (prefers-reduced-motion: reduce) { .panel { animation: none !important } }
@media (forced-colors: active) { .badge { border: 1px solid; forced-color-adjust: none } .bell svg { fill: ButtonText } }
`

export const inboxStyles = [tokens, bell]
