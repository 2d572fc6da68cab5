/** So many doing the same, each again and again until it is over. */
export async function crowd (size: number, isOver: () => boolean, work: () => Promise<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: size }, async () => {
    while (!isOver()) await work()
  }))
}
