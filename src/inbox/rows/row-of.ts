/** The row that an element is in. */
export function rowOf (element: Element | null | undefined): HTMLElement | undefined {
  return element?.closest<HTMLElement>('.row') ?? undefined
}
