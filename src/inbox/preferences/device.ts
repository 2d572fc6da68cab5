import { html, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import { storedDevice } from '@belfry/client/storage'
import type { PushError, PushState, PushStep, PushSwitch } from '@belfry/client/push'
import { background } from '../base/background.ts'
import type { BelfryClient } from '../base/clients.ts'
import type { Messages } from '../words/messages.ts'

/** The service worker of the page, and what it is for. */
export interface WorkerOfPage { pushWorker: string | undefined, pushScope: string | undefined }

const faults = { worker: 'pushNoWorker', service: 'pushNoService', server: 'pushNoServer' } as const satisfies Record<PushStep, keyof Messages>
type Fault = (typeof faults)[PushStep]

/** The switch for pushes in this browser. What talks to the browser is loaded when it is shown. */
export class DevicePushes {
  readonly #redraw: () => void
  readonly #say: (text: Fault) => void
  #push: PushSwitch | undefined
  /** Undefined while it is not known, or about to change. */
  #state: PushState | undefined
  /** Why it could not be turned on or off. */
  #fault: Fault | undefined

  /** `say` reads a text out. */
  constructor (redraw: () => void, say: (text: Fault) => void) {
    this.#redraw = redraw
    this.#say = say
  }

  /** Of a client's user; undefined: of nobody. */
  follow (client: BelfryClient | undefined, page: WorkerOfPage): void {
    this.#push = this.#state = this.#fault = undefined
    if (client?.core && page.pushWorker) background(this.#begin(client as Required<BelfryClient>, page))
  }

  async #begin (client: Required<BelfryClient>, { pushWorker, pushScope: scope }: WorkerOfPage): Promise<void> {
    const { pushOf } = await import('@belfry/client/push')
    const push = this.#push = pushOf(client, { worker: pushWorker!, scope, device: storedDevice() })
    await this.#take(push, push.settled(() => this.#push === push))
  }

  async #take (push: PushSwitch, change: Promise<PushState>): Promise<void> {
    this.#fault = undefined
    const before = this.#state
    const next = await change.catch(({ step }: PushError) => {
      if (this.#push === push) this.#say(this.#fault = faults[step])
      return push.state()
    })
    // A server that is away says nothing of this browser; what is turned off is so without it.
    const known = before === 'on' && !this.#fault ? 'off' : before ?? next
    if (this.#push === push) this.#state = next === 'unavailable' ? known : next
    this.#redraw()
  }

  render (messages: Messages, isDisabled: boolean): TemplateResult | typeof nothing {
    const [push, state] = [this.#push!, this.#state]
    if (!state || state.startsWith('un')) return nothing
    const isBlocked = state === 'blocked'
    const fault = this.#fault
    return html`
      <div>
        <label class="choice"><input type="checkbox" role="switch" aria-describedby=${fault ? 'push-fault push-hint' : 'push-hint'} .checked=${live(state === 'on')} ?disabled=${isBlocked || isDisabled} @change=${() => background(this.#take(push, state === 'on' ? push.turnOff() : push.turnOn()))}>${messages.pushHere}</label>
        ${fault ? html`<p class="fault" id="push-fault">${messages[fault]}</p>` : nothing}
        <p class="hint" id="push-hint">${isBlocked ? messages.pushBlocked : messages.pushHint}</p>
      </div>`
  }
}
