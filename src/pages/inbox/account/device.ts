const browsers: [name: string, sign: RegExp][] = [
  ['Edge', /\bEdgA?\//], ['Opera', /\bOPR\//], ['Samsung Internet', /SamsungBrowser\//], ['Firefox', /(Firefox|FxiOS)\//],
  ['Chrome', /(Chrome|CriOS|HeadlessChrome)\//], ['Safari', /Version\/.* Safari\//], ['curl', /^curl\//], ['Node', /^(node|undici)/i]
]
const systems: [name: string, sign: RegExp][] = [
  ['Android', /Android/], ['iPhone', /iPhone/], ['iPad', /iPad/], ['Windows', /Windows NT/], ['ChromeOS', /CrOS/], ['macOS', /Mac OS X/], ['Linux', /Linux/]
]

/** A `User-Agent` in short, such as "Firefox on Windows"; the beginning of the text itself for one that is not known. */
export function deviceOf (userAgent: string | null): string {
  if (!userAgent) return 'an unknown program'
  const found = (list: [string, RegExp][]) => list.find(([, sign]) => sign.test(userAgent))?.[0]
  const [browser, system] = [found(browsers), found(systems)]
  if (!browser) return userAgent.length > 40 ? `${userAgent.slice(0, 40)}…` : userAgent
  return system ? `${browser} on ${system}` : browser
}
