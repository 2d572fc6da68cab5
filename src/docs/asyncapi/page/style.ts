import { Asset } from '../../../http/asset.ts'
import { tokens } from '../../../pages/shared/base.ts'

export const pageStyle = new Asset('text/css; charset=utf-8', `${tokens}html { scroll-padding-top: 24px }
body { margin: 0; background: var(--bg); color: var(--text); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
a { color: var(--accent); text-underline-offset: 2px }
a:focus-visible, summary:focus-visible, [tabindex="0"]:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
main:focus { outline: none }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
code { font-size: 0.875em }
p code, li code, td code, dd code { padding: 1px 4px; border-radius: 4px; background: var(--surface) }
pre { margin: 12px 0; padding: 12px 16px; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); font-size: 13px; line-height: 1.5; white-space: pre-wrap }
pre code { font-size: inherit }
pre b { font-weight: 400 }
.key { color: var(--text) }
.text { color: var(--success) }
.value { color: var(--accent) }
.skip { position: absolute; left: -999px; padding: 8px 16px; background: var(--bg); z-index: 2 }
.skip:focus { left: 16px; top: 8px }

main { padding: 24px 16px 96px; min-width: 0 }
main > :is(.guide, p), main section > :is(p, .fields, .guide) { max-width: 68ch }
h1, h2, h3, h4 { font-weight: 600; line-height: 1.25; text-wrap: balance }
h1 { margin: 0 0 12px; font-size: 28px }
h2 { margin: 64px 0 16px; padding-top: 24px; border-top: 1px solid var(--line); font-size: 24px }
h3 { margin: 48px 0 12px; font-size: 20px }
h4 { margin: 32px 0 8px; font-size: 16px }
.split .label { margin: 24px 0 8px; font-size: 13px; font-weight: 600; color: var(--muted) }
:is(h2, h3, h4) > a { color: inherit; text-decoration: none }
:is(h2, h3, h4) > a:hover { text-decoration: underline }
.version { margin-left: 8px; padding: 2px 10px; border-radius: 99px; background: var(--surface); color: var(--muted); font-size: 14px; font-weight: 400; vertical-align: middle }
.links { display: flex; flex-wrap: wrap; gap: 8px 24px; margin: 0 0 24px }
.address code { padding: 4px 10px; border: 1px solid var(--line); border-radius: 6px; background: var(--surface); font-size: 14px }

.message { margin: 0; padding: 32px 0; border-bottom: 1px solid var(--line) }
.message > :is(h3, h4) { margin: 0 0 8px; font: 600 18px/1.25 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
.message:target > :is(h3, h4) > a { background: var(--accent-soft); box-shadow: 0 0 0 6px var(--accent-soft); border-radius: 2px }
.split { display: grid; gap: 0 48px }
.split > * { min-width: 0; max-width: 68ch }
.split p { margin: 8px 0 }
.facts { margin: 12px 0 0; display: grid; gap: 6px; font-size: 14px }
.facts > div { display: grid; grid-template-columns: 96px 1fr; gap: 8px }
.facts dt { color: var(--muted) }
.facts dd { margin: 0 }
.facts dd code { background: none; padding: 0 }
.facts dd a { display: inline-block; margin-right: 8px }
.chip { display: inline-block; margin-left: 4px; padding: 0 8px; border: 1px solid var(--line); border-radius: 99px; color: var(--muted); font-size: 12px }
.split .examples .label { margin-top: 12px }
.examples pre { margin: 0 0 8px }
summary { min-height: 32px; padding: 6px 0; cursor: pointer; font-size: 14px; color: var(--muted) }
details[open] > summary { color: var(--text) }

.fields, .variants { margin: 0; padding: 0; list-style: none }
.fields > li { padding: 10px 0; border-top: 1px solid var(--line); font-size: 14px }
.fields > li > p { margin: 4px 0 0 }
.fields .fields, .variants { margin-top: 10px; padding-left: 16px; border-left: 2px solid var(--line) }
.fields .fields > li:first-child { border-top: 0; padding-top: 0 }
.fields .fields > li:last-child { padding-bottom: 0 }
.variants > li { padding: 8px 0; font-size: 14px }
.variants > li > .fields { padding-left: 0; border: 0; margin-top: 4px }
.variant { font-weight: 600; font-size: 13px }
.head strong { font: 600 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; margin-right: 6px }
.head code { background: none; padding: 0 }
.kind, .limits, .optional, .each { color: var(--muted); font-size: 13px }
.optional { font-style: italic }
.limits::before { content: "· " }
.each .limits::before { content: "" }

.wide { overflow-x: auto; margin: 12px 0 }
table { border-collapse: collapse; font-size: 14px; overflow-wrap: normal }
th, td { padding: 6px 16px 6px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; font-variant-numeric: tabular-nums }
th { color: var(--muted); font-weight: 600 }
td code { white-space: nowrap }

.rail { display: none }
nav h2 { margin: 16px 0 4px; padding: 0; border: 0; font-size: 14px }
nav ul { margin: 0; padding: 0; list-style: none }
nav a { display: block; padding: 5px 8px; border-radius: 6px; color: var(--muted); font-size: 14px; text-decoration: none }
nav h2 a { color: var(--text) }
nav a:hover { background: var(--surface); color: var(--text) }
nav a[aria-current] { background: var(--accent-soft); color: var(--accent); font-weight: 600 }
nav code { padding: 0; background: none; font-size: 13px }
.menu { position: sticky; top: 0; z-index: 1; background: var(--bg); border-bottom: 1px solid var(--line) }
.menu > summary { min-height: 48px; padding: 12px 16px; font-size: 16px; font-weight: 600; color: var(--text) }
.menu > nav { max-height: calc(100vh - 48px); overflow-y: auto; padding: 0 8px 16px }
@media (pointer: coarse) { .menu a { padding-block: 11px } }
@media (max-width: 899px) { html { scroll-padding-top: 64px } }

@media (min-width: 900px) {
  body { display: grid; grid-template-columns: 264px minmax(0, 1fr) }
  .menu { display: none }
  .rail { display: block; position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 16px 12px 48px; border-right: 1px solid var(--line); background: var(--bg) }
  .brand { display: flex; align-items: center; gap: 8px; padding: 8px; color: var(--text); font-size: 16px; font-weight: 600 }
  .brand svg { width: 24px; height: 24px; fill: var(--brass) }
  main { padding: 40px 48px 96px }
}
@media (min-width: 1200px) {
  .split { grid-template-columns: minmax(0, 1fr) minmax(0, 400px) }
  .examples { position: sticky; top: 24px; align-self: start; max-height: calc(100vh - 48px); overflow-y: auto }
}
@media (min-width: 1500px) {
  .split { grid-template-columns: minmax(0, 68ch) minmax(0, 520px) }
}
@media (forced-colors: active) { nav a[aria-current] { outline: 2px solid } }
`)
