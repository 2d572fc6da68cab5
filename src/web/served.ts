/** What `/client/belfry.js` has: the client with its options that need no framework. */
export * from '../client/index.ts'
export * from '../client/sse.ts'
export * from '../client/storage.ts'
