import { html, type TemplateResult } from 'lit'
import '../../shared/controls/time.ts'

/** A time as the API writes it: relative, with the absolute one in its title, or beside. */
export function when (time: string, isFull = false): TemplateResult {
  return html`<belfry-time at=${time} ?both=${isFull}></belfry-time>`
}

/** The same of a time that may be still to come. */
export function whenDue (time: string, isFull = false): TemplateResult {
  return html`<belfry-time at=${time} coming ?both=${isFull}></belfry-time>`
}
