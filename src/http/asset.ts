import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

export type Encoding = 'br' | 'gzip'

const toBrotli = promisify(brotliCompress)
const toGzip = promisify(gzip)
/** The best quality makes scripts of pages 6 % smaller than 9 does, in a tenth of a second; it takes seconds for a megabyte. */
const brotliQuality = (bytes: number) => bytes <= 262_144 ? 11 : 9
/** Smaller content fits into one packet, compressed or not. */
const MIN_COMPRESSED_BYTES = 1_024

/** Content that is the same for every caller. It is kept in memory, once for each encoding that was asked for. */
export class Asset {
  readonly type: string
  readonly content: Buffer
  /** Of the content, and short enough for a file name. */
  readonly hash: string
  readonly #compressed = new Map<Encoding, Promise<Buffer>>()

  constructor (type: string, content: string | Buffer) {
    this.type = type
    this.content = Buffer.from(content)
    this.hash = createHash('sha256').update(this.content).digest('base64url').slice(0, 16)
  }

  /** The best encoding for an `Accept-Encoding` header; undefined if the content is to be sent uncompressed. */
  encodingFor (acceptEncoding: string | undefined): Encoding | undefined {
    return this.content.length < MIN_COMPRESSED_BYTES ? undefined : chooseEncoding(acceptEncoding)
  }

  /** A strong entity tag, another one for each encoding. RFC 9110 §8.8.3.3. */
  etag (encoding: Encoding | undefined): string {
    return `"${this.hash}${encoding === undefined ? '' : `-${encoding}`}"`
  }

  /** The bytes in an encoding. They are compressed once, when first asked for, and off the event loop. */
  async body (encoding: Encoding | undefined): Promise<Buffer> {
    if (encoding === undefined) return this.content
    let compressed = this.#compressed.get(encoding)
    if (!compressed) {
      compressed = encoding === 'gzip'
        ? toGzip(this.content, { level: 9 })
        : toBrotli(this.content, { params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality(this.content.length), [constants.BROTLI_PARAM_SIZE_HINT]: this.content.length } })
      this.#compressed.set(encoding, compressed)
    }
    return await compressed
  }
}

/** Brotli if the client takes it, else gzip. RFC 9110 §12.5.3: a weight of 0 refuses a coding, `*` stands for all that are not named. */
export function chooseEncoding (acceptEncoding = ''): Encoding | undefined {
  const weights = new Map(acceptEncoding.toLowerCase().split(',').map(entry => {
    const [coding = '', ...parameters] = entry.split(';').map(part => part.trim())
    const weight = parameters.find(parameter => parameter.startsWith('q='))
    return [coding, weight === undefined ? 1 : Number(weight.slice(2))] as const
  }))
  return (['br', 'gzip'] as const).find(coding => (weights.get(coding) ?? weights.get('*') ?? 0) > 0)
}

/** Whether a client's `If-None-Match` names this entity tag. `W/` is ignored, because proxies that compress make tags weak. RFC 9110 §13.1.2. */
export function matchesTag (ifNoneMatch: string | undefined, etag: string): boolean {
  return ifNoneMatch?.split(',').some(tag => ['*', etag].includes(tag.trim().replace(/^W\//, ''))) === true
}
