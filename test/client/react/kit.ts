/** What the test of a server needs, to be bundled with one React. */
export { createElement, version } from 'react'
export { renderToString } from 'react-dom/server'
export { BelfryProvider, useBelfry, useInbox } from '../../../src/client/react.ts'
