import { Marked } from 'marked'

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

export const escape = (text: string) => text.replaceAll(/[&<>"]/g, character => ENTITIES[character]!)

/** A text as the end of a fragment: "Close codes" as `close-codes`. */
export const slug = (text: string) => text.toLowerCase().replaceAll(/\W+/g, '-').replaceAll(/^-|-$/g, '')

/**
 * Markdown of the document's descriptions as HTML. Links without a scheme lead to pages of this server, so `root` is put
 * before them. Headings get ids that begin with `prefix`. Wide tables scroll by themselves, also by keyboard.
 */
export function markdown (text: string, { root, prefix = '' }: { root: string, prefix?: string }): string {
  const marked = new Marked({
    renderer: {
      html: ({ text }) => escape(text),
      heading ({ tokens, depth, text }) {
        const id = prefix + slug(text)
        return `<h${depth} id="${id}"><a href="#${id}">${this.parser.parseInline(tokens)}</a></h${depth}>\n`
      },
      link ({ href, tokens }) {
        return `<a href="${escape(/^(\w+:|#)/.test(href) ? href : root + href)}">${this.parser.parseInline(tokens)}</a>`
      },
      table ({ header, rows }) {
        const row = (cells: typeof header, name: 'td' | 'th') => `<tr>${cells.map(({ tokens }) => `<${name}>${this.parser.parseInline(tokens)}</${name}>`).join('')}</tr>`
        return `<div class="wide" tabindex="0" role="group" aria-label="Table: ${escape(header.map(({ text }) => text.replaceAll('`', '')).join(', '))}"><table><thead>${row(header, 'th')}</thead><tbody>${rows.map(cells => row(cells, 'td')).join('')}</tbody></table></div>\n`
      },
      code: ({ text }) => `<pre><code>${escape(text)}</code></pre>\n`
    }
  })
  return marked.parse(text, { async: false })
}

/** The same for a single line, without a paragraph around it. */
export const inline = (text: string, root: string) => markdown(text, { root }).trim().replace(/^<p>([^]*)<\/p>$/, '$1')

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?/g

/** A value as indented JSON whose keys, texts and other values are told apart. */
export function json (value: unknown): string {
  const text = JSON.stringify(value, null, 2)
  let html = ''
  let end = 0
  for (const match of text.matchAll(TOKEN)) {
    const [all, string, colon] = match
    html += escape(text.slice(end, match.index))
    html += string === undefined ? `<b class="value">${all}</b>` : `<b class="${colon === undefined ? 'text' : 'key'}">${escape(string)}</b>${colon ?? ''}`
    end = match.index + all.length
  }
  return `<pre><code>${html}${escape(text.slice(end))}</code></pre>`
}
