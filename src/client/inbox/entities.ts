import type { Entity } from './entity.ts'

/** Notifications by their ids. */
export class Entities extends Map<string, Entity> {
  #newestFirst: readonly Entity[] | undefined

  override set (id: string, entity: Entity): this {
    this.#newestFirst = undefined
    return super.set(id, entity)
  }

  override delete (id: string): boolean {
    this.#newestFirst = undefined
    return super.delete(id)
  }

  /** All of them, newest first: sorted once until one is put in or taken out. */
  get _newestFirst (): readonly Entity[] {
    this.#newestFirst ??= [...this.values()].sort((a, b) => b.seq - a.seq)
    return this.#newestFirst
  }
}
