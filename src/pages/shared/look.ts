import { css } from 'lit'

/** What every shadow tree of the pages begins with: type, focus, and the controls that are plain HTML. Colours come from the document. */
export const look = css`
* { box-sizing: border-box }
:host { display: block }
`
