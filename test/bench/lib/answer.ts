import process from 'node:process'

/** The load's end of `Load.ask`: runs a handler by name, and ends with whoever asks. */
export function answer (handlers: Record<string, (args: never) => unknown>): void {
  process.on('message', async ({ id, name, args }: { id: number, name: string, args: unknown }) => {
    try {
      process.send!({ id, result: await handlers[name]!(args as never) })
    } catch (error) {
      process.send!({ id, error: String(error) })
    }
  })
  process.on('disconnect', () => process.exit())
  process.send!('ready')
}
