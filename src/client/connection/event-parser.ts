/** An event of a stream: its type, and its data lines joined. */
export interface ParsedEvent { type: string, data: string }

/** Far more than any frame has: whatever sends a longer line is no Belfry server. */
const MAX_LENGTH = 1_048_576

/**
 * Parses `text/event-stream` as chunks of text arrive, decoded and without a byte order mark. Ids and retry times are not read:
 * a frame has its cursor in its data, and the connection has rules of its own for reconnecting. Returns a function that returns
 * the events that a chunk completes, and throws a RangeError for an event that is too large.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function createEventParser (): (chunk: string) => ParsedEvent[] {
  let rest = ''
  let type = ''
  let data: string[] = []
  let length = 0

  return chunk => {
    const events: ParsedEvent[] = []
    // A carriage return at the end may be the first half of a line break.
    const [, text = '', half = ''] = /^([^]*?)(\r?)$/.exec(rest + chunk)!
    const lines = text.split(/\r\n|\n|\r/)
    rest = lines.pop() + half
    for (const line of lines) {
      const [, name, value = ''] = /^(event|data)(?:: ?([^]*))?$/.exec(line) ?? []
      length += line.length
      if (name === 'event') type = value
      else if (name === 'data') data.push(value)
      if (line !== '') continue
      if (data.length > 0) events.push({ type: type || 'message', data: data.join('\n') })
      type = ''
      data = []
      length = 0
    }
    if (length + rest.length > MAX_LENGTH) throw new RangeError('an event is too large')
    return events
  }
}
