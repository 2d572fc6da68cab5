import type { Fault } from '../checker.ts'
import { placeOf } from '../checker/truth.ts'
import type { ConnectionLog, FrameLog, Journal, Screen, SubscriberLog } from '../journal.ts'

/** Frames and screens that are shown beside each that a fault is about. */
const BESIDE = 2
const MOST_LINES = 60

/** What the journal has of a fault, for whoever reads the output of a run that cannot be repeated: a line each. */
export function evidenceOf (journal: Journal, { kind, detail }: Fault): string[] {
  const id = /\bm\d+\b/.exec(detail)?.[0]
  const place = /\(([a-z0-9]+)\)$/.exec(detail)?.[1]
  const cursor = /\b[a-z0-9]{8}\.[a-z0-9]+\b/.exec(detail)?.[0] ?? (place && `${journal.end?.split('.')[0]}.${place}`)
  const about = { id, cursor }
  const publication = id && journal.publications.get(id)
  const named = journal.subscribers.filter(({ name }) => detail.includes(`${name} `) || detail.includes(`${name}#`))
  const lines = [
    `${kind}: ${detail}`,
    ...publication ? [`  ${JSON.stringify(publication)}`] : [],
    ...journal.mail.letters.filter(({ items }) => items.some(item => item.id === id)).map(letter => `  mailed: ${JSON.stringify(letter)}`),
    ...journal.recalls.filter(recall => recall.id === id).map(recall => `  recalled: ${recall.outcome}`),
    ...journal.inboxes.filter(({ user }) => detail.includes(user) || named.some(subscriber => subscriber.user === user)).flatMap(({ user, view, items, cursor }) => items.filter(item => item.id === id).map(item => `  REST, ${view} of ${user} at ${cursor}: ${JSON.stringify(item)}`)),
    ...journal.moves.filter(({ user }) => named.some(subscriber => subscriber.user === user)).map(move => `  moved: ${JSON.stringify(move)}`),
    ...named.slice(0, 3).flatMap(subscriber => ofSubscriber(subscriber, about))
  ]
  return lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES), `  … and ${lines.length - MOST_LINES} lines more`] : lines
}

interface About { id: string | undefined, cursor: string | undefined }

function ofSubscriber ({ name, user, connections, screens = [], wishes = [] }: SubscriberLog, about: About): string[] {
  return [
    `  ${name} of ${user}, ${connections.length} connections, ${screens.length} screens`,
    ...wishes.filter(({ id }) => id === about.id).map(({ verb, isDone }) => `    wished ${verb}: ${isDone}`),
    ...connections.flatMap(connection => ofConnection(connection, about)),
    ...ofScreens(screens, about)
  ]
}

function ofConnection ({ number, openedAt, since, frames, asked, closed }: ConnectionLog, { id, cursor }: About): string[] {
  // Also where it should have come.
  const isPast = (frame: FrameLog) => cursor !== undefined && frame.cursor !== undefined && placeOf(frame.cursor) >= placeOf(cursor)
  const first = frames.findIndex(isPast)
  const isAbout = (frame: FrameLog, index: number) => index === first || /^(welcome|caught_up|gap|inbox.changed)$/.test(frame.type) || (id !== undefined && (frame.id === id || frame.ids?.includes(id) === true))
  const shown = beside(frames, isAbout)
  const cursors = frames.flatMap(({ cursor }) => cursor ?? [])
  const asks = [...asked].map(([frameId, { verb }]) => `${frameId} ${verb}`).slice(-5)
  return [
    `    #${number} at ${time(openedAt)} since ${since ?? 'now'}, closed ${closed ?? 'never'}, ${frames.length} frames from ${cursors[0]} to ${cursors.at(-1)}, asked last: ${asks.join(', ')}`,
    ...shown.map(({ of: { at, ...frame }, index }) => `      [${index}] ${time(at)} ${JSON.stringify(frame)}`)
  ]
}

/** Where what is about it comes, goes, or looks otherwise; the last screen. */
function ofScreens (screens: readonly Screen[], { id, cursor }: About): string[] {
  const itemOf = (screen: Screen | undefined) => screen?.items.find(item => item.id === id)
  const shown = beside(screens, (screen, index) => (id !== undefined && itemOf(screen) !== itemOf(screens[index - 1])) || (cursor !== undefined && screen.cursor === cursor) || index === screens.length - 1)
  return shown.map(({ of: screen, index }) => {
    const { items, ...rest } = screen
    return `    screen ${index}: ${JSON.stringify(rest)}, ${items.length} items, of it: ${JSON.stringify(itemOf(screen)) ?? 'nothing'}`
  })
}

/** Those for which `test` holds, and some before and after each. */
function beside<T> (all: readonly T[], test: (of: T, index: number) => boolean): { of: T, index: number }[] {
  const hits = all.flatMap((of, index) => test(of, index) ? [index] : [])
  return all.flatMap((of, index) => hits.some(hit => Math.abs(hit - index) <= BESIDE) ? [{ of, index }] : [])
}

const time = (at: number) => new Date(at).toISOString().slice(11, 23)
