import './require-node.cjs'

// Imported after the version check, because the code may not even load on an older Node.
const { main } = await import('./cli/main.ts')
await main()
