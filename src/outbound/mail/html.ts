import type { Words } from './letter.ts'

/*
 * HTML for mail programs: one column, styles in the elements (many programs drop a style sheet), and a style sheet that
 * only makes it dark, for those that read it. Nothing is loaded. The colours are those of the pages, in light and dark.
 */

const dark = {
  page: 'background: #131416; color: #ececea',
  card: 'background: #1a1c1f; border-color: #33363b',
  quiet: 'color: #a9a69f',
  link: 'color: #93b1ff',
  button: 'background: #3d64dd; color: #ffffff',
  info: 'color: #93b1ff',
  success: 'color: #72d39b',
  warning: 'color: #efb95c',
  error: 'color: #ff938a'
}
const STYLE = `:root { color-scheme: light dark; supported-color-schemes: light dark }
@media (prefers-color-scheme: dark) {
${Object.entries(dark).map(([name, style]) => `  .${name} { ${style.split('; ').map(rule => `${rule} !important`).join('; ')} }`).join('\n')}
}`

const KIND_COLORS: Record<string, string> = { Info: '#2a4fc4', Success: '#17703c', Warning: '#865000', Error: '#ad2119' }

/** A mail as HTML. Every text is escaped. */
export function html ({ subject, heading, items, more, inbox, why, unsubscribe }: Words): string {
  return `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escape(subject)}</title>
<style>${STYLE}</style>
</head>
<body class="page" style="margin:0;padding:0;background:#ffffff;color:#1b1c1f;-webkit-text-size-adjust:100%">
<div role="main" lang="en" class="page" style="max-width:600px;margin:0 auto;padding:24px 16px;background:#ffffff;color:#1b1c1f;font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5;overflow-wrap:anywhere;word-break:break-word">
<h1 style="margin:0 0 16px;font-size:20px;line-height:1.25;font-weight:600">${escape(heading)}</h1>
${items.map(card).join('\n')}
${more === undefined ? '' : `<p style="margin:0 0 16px">${escape(more)}</p>\n`}${inbox === undefined ? '' : `<p style="margin:24px 0"><a class="button" href="${escape(inbox)}" style="display:inline-block;padding:10px 20px;border-radius:6px;background:#2a4fc4;color:#ffffff;font-weight:600;text-decoration:none">Open your inbox</a></p>\n`}<p class="quiet" style="margin:24px 0 0;font-size:14px;color:#5c5a55">${escape(why)} <a class="link" href="${escape(unsubscribe.href)}" style="color:#2a4fc4;text-decoration:underline">${escape(unsubscribe.words)}</a></p>
</div>
</body>
</html>
`
}

function card ({ title, message, kind, shape, at, datetime, link }: Words['items'][number]): string {
  const name = link === undefined ? escape(title) : `<a class="link" href="${escape(link)}" style="color:#2a4fc4;text-decoration:underline">${escape(title)}</a>`
  return `<div class="card" style="margin:0 0 12px;padding:16px;border:1px solid #dedbd3;border-radius:10px;background:#f6f5f2">
<h2 dir="auto" style="margin:0;font-size:16px;line-height:1.25;font-weight:600">${name}</h2>
<p class="quiet" style="margin:4px 0 8px;font-size:13px;color:#5c5a55"><span class="${kind.toLowerCase()}" style="color:${KIND_COLORS[kind]!}"><span aria-hidden="true">${shape}</span> ${kind}</span>, <time datetime="${escape(datetime)}">${escape(at)}</time></p>
<p dir="auto" style="margin:0">${escape(message).replaceAll(/\r\n?|\n/g, '<br>')}</p>
</div>`
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escape (text: string): string {
  return text.replaceAll(/[&<>"']/g, letter => ENTITIES[letter]!)
}
