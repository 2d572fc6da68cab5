import { once } from 'node:events'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'

/** What the network does: passes on, passes on late, answers nothing more, or refuses. */
export type Weather = 'fair' | 'blackhole' | 'refuse' | { lateMs: number }

/**
 * Says of what a client sends: pass it on, cut the connection instead, or pass it on and cut the
 * connection before the answer.
 */
export type Watch = (sent: Buffer) => 'pass' | 'cut' | 'cut-answer'

/** A way to a server that a test can spoil. */
export class Proxy {
  weather: Weather = 'fair'
  watch: Watch = () => 'pass'
  port = 0
  readonly #target: () => number | undefined
  readonly #pairs = new Set<[Socket, Socket]>()
  readonly #server = createServer(socket => this.#accept(socket))

  private constructor (target: () => number | undefined) {
    this.#target = target
  }

  /** A proxy before a port of this machine, or before whichever one `target` says, gone when the test ends. */
  static async before (t: Test, target: number | (() => number | undefined)): Promise<Proxy> {
    const proxy = new Proxy(typeof target === 'number' ? () => target : target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    proxy.port = (proxy.#server.address() as AddressInfo).port
    t.teardown(async () => {
      proxy.#server.close()
      proxy.cut()
      await once(proxy.#server, 'close')
    })
    return proxy
  }

  /** The same URL, by this way. */
  via (url: string): string {
    const changed = new URL(url)
    changed.hostname = '127.0.0.1'
    changed.port = String(this.port)
    return changed.href
  }

  /** Breaks every connection there is. */
  cut (): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
  }

  #accept (near: Socket): void {
    near.on('error', () => {})
    const port = this.#target()
    if (this.weather === 'refuse' || port === undefined) {
      near.resetAndDestroy()
      return
    }
    const far = connect(port, '127.0.0.1')
    const pair: [Socket, Socket] = [near, far]
    this.#pairs.add(pair)
    let isAnswered = true
    near.on('data', (chunk: Buffer) => {
      const verdict = this.watch(chunk)
      if (verdict === 'cut') return near.destroy()
      if (verdict === 'cut-answer') isAnswered = false
      this.#pass(far, chunk)
    })
    far.on('data', (chunk: Buffer) => {
      if (isAnswered) this.#pass(near, chunk)
      else near.destroy()
    })
    for (const [one, other] of [pair, [far, near]] as const) {
      one.on('error', () => {})
      one.on('close', () => {
        this.#pairs.delete(pair)
        // What was passed on arrives whole: a reset would take it back.
        if (isAnswered) other.destroy()
        else other.end()
      })
    }
  }

  #pass (to: Socket, chunk: Buffer): void {
    const { weather } = this
    if (weather === 'blackhole') return
    if (typeof weather === 'string') to.write(chunk)
    else setTimeout(() => { if (!to.destroyed) to.write(chunk) }, weather.lateMs)
  }
}
