/** An event of a stream: its type, and its data lines joined. */
export interface ParsedEvent { type: string, data: string }

/** Far more than any frame has: whatever sends a longer line is no Belfry server. */
const MAX_LENGTH = 1_048_576

/**
 * Parses `text/event-stream` as chunks of text arrive. Ids and retry times are not read: a frame has its cursor in its
 * data, and the connection has rules of its own for reconnecting.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class EventParser {
  #rest = ''
  #type = ''
  #data: string[] = []
  #length = 0
  #isFirst = true

  /** The events that a chunk completes. Throws a RangeError for an event that is too large. */
  push (chunk: string): ParsedEvent[] {
    const events: ParsedEvent[] = []
    let text = this.#rest + chunk
    if (this.#isFirst && text !== '') {
      this.#isFirst = false
      if (text.startsWith('\ufeff')) text = text.slice(1)
    }
    // A carriage return at the end may be the first half of a line break.
    const isSplit = text.endsWith('\r')
    const lines = (isSplit ? text.slice(0, -1) : text).split(/\r\n|\n|\r/)
    this.#rest = lines.pop()! + (isSplit ? '\r' : '')
    for (const line of lines) {
      const event = this.#read(line)
      if (event) events.push(event)
    }
    if (this.#length + this.#rest.length > MAX_LENGTH) throw new RangeError('an event is too large')
    return events
  }

  #read (line: string): ParsedEvent | undefined {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    this.#length += line.length
    if (name === 'event') this.#type = value
    else if (name === 'data') this.#data.push(value)
    return undefined
  }

  #dispatch (): ParsedEvent | undefined {
    const event = { type: this.#type || 'message', data: this.#data.join('\n') }
    const isEmpty = this.#data.length === 0
    this.#type = ''
    this.#data = []
    this.#length = 0
    return isEmpty ? undefined : event
  }
}
