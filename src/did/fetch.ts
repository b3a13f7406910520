import { lookup as systemLookup } from "node:dns/promises"
import type { IncomingMessage } from "node:http"
import { isIP, type LookupFunction } from "node:net"
import { concat, fromUtf8 } from "../base/bytes.ts"
import type { Clock } from "../base/clock.ts"
import { type Random, systemRandom } from "../base/random.ts"
import { Fault } from "../faults.ts"
import { isLocalName, isPublicAddress } from "./address.ts"
import { createBudget } from "./budget.ts"
import { acceptOf, handshakeHeaders, lastWords } from "./frame.ts"

/** `public`: https to public addresses. `any`: also http and private addresses (own network, tests). `off`: nothing. */
export type OutboundPolicy = "public" | "any" | "off"

export type Answer = {
  readonly status: number
  /** Lower case, without parameters; null when absent. */
  readonly mediaType: string | null
  readonly text: string
}

/**
 * The only way out: URLs come from strangers' DIDs. No redirects, no content encodings, 5 s for everything. Throws
 * outbound.refused (not an address to connect to), outbound.failed (no proper answer), request.busy (over the budget).
 */
export interface Fetcher {
  get(url: string, options: { maxBytes: number; accept: string }): Promise<Answer>
  post(url: string, options: { mediaType: string; text: string; maxBytes: number }): Promise<Answer>
  /** Opens a ws or wss URL, sends one text message, and closes. Status 101 says that the message was handed over. */
  push(url: string, text: string): Promise<Answer>
}

/** What is looked at of the answer to a delivery; `retryAfter`: the header to the letter, or null. */
export type Receipt = { readonly status: number; readonly retryAfter: string | null }

/** Hands something of ours over, with headers of its own, the same way and with the same Faults as a Fetcher. */
export interface Deliverer {
  deliver(url: string, given: { headers: Readonly<Record<string, string>>; body: Uint8Array }): Promise<Receipt>
}

/** All addresses of a host name. */
export type Lookup = (host: string) => Promise<readonly string[]>

const DEADLINE_MS = 5000
const MAX_HEADER_BYTES = 16_384
const MAX_ADDRESSES = 4

type Options = {
  readonly policy: OutboundPolicy
  readonly clock: Clock
  readonly lookup?: Lookup
  readonly random?: Random
  /** PEM of certificate authorities to trust instead of the public ones. */
  readonly ca?: string
}

type Request<T> = {
  readonly method: "GET" | "POST"
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  readonly read: (response: IncomingMessage) => Promise<T>
  /** What to send once the server has changed to WebSocket, and what that then comes to; null when it must not. */
  readonly socket: { readonly accept: string; readonly bytes: Uint8Array; readonly taken: T } | null
}

export function createFetcher(options: Options): Fetcher & Deliverer {
  const { policy, clock, lookup = everyAddress, random = systemRandom, ca } = options
  const budget = createBudget(clock)

  async function exchange<T>(address: string, request: Request<T>): Promise<T> {
    const url = permitted(address, policy)
    const host = url.hostname.replace(/^\[|\]$/g, "")
    using _host = budget(`host ${url.host}`)
    const controller = new AbortController()
    using _deadline = clock.after(DEADLINE_MS, () => controller.abort(failed("no answer in time")))
    const { signal } = controller

    const addresses = checked(isIP(host) ? [host] : await inTime(lookup(host), signal), policy)
    using _address = budget(`address ${addresses[0]}`)
    return await send(url, addresses, request, { signal, ca })
  }

  return {
    get: (url, { maxBytes, accept }) =>
      exchange(url, { method: "GET", headers: { accept, ...always }, body: "", read: upTo(maxBytes), socket: null }),
    post: (url, { mediaType, text, maxBytes }) =>
      exchange(url, {
        method: "POST",
        headers: { "content-type": mediaType, "content-length": String(Buffer.byteLength(text)), ...always },
        body: text,
        read: upTo(maxBytes),
        socket: null,
      }),
    deliver: (url, { headers, body }) =>
      exchange(url, {
        method: "POST",
        headers: { ...headers, "content-length": String(body.byteLength), ...always },
        body,
        read: readReceipt,
        socket: null,
      }),
    push(url, text) {
      const key = Buffer.from(random.bytes(16)).toString("base64")
      const headers = { ...handshakeHeaders(key), ...always }
      const taken: Answer = { status: 101, mediaType: null, text: "" }
      const socket = { accept: acceptOf(key), bytes: lastWords(text, random), taken }
      return exchange(url.replace(/^ws/i, "http"), { method: "GET", headers, body: "", read: upTo(0), socket })
    },
  }
}

const always = { "accept-encoding": "identity", "user-agent": "restante" }

const everyAddress: Lookup = async (host) => (await systemLookup(host, { all: true })).map(({ address }) => address)

const failed = (detail: string, cause?: unknown) => new Fault("outbound.failed", { detail, cause })
const refused = (detail: string) => new Fault("outbound.refused", { detail })

/**
 * The URL that is in `address`, unless the policy forbids it whatever its host's addresses are: Fault outbound.refused.
 * The URL parser has already turned octal, hexadecimal and one-number hosts into dotted addresses.
 */
export function permitted(address: string, policy: OutboundPolicy): URL {
  if (policy === "off") throw refused("outbound connections are switched off")
  const url = URL.parse(address)
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === "") throw refused("not an http or https URL")
  if (url.username !== "" || url.password !== "") throw refused("a URL with a user name")
  if (policy === "any") return url
  if (url.protocol !== "https:") throw refused("not https")
  // Below 1024, but for https itself, other kinds of servers listen.
  if (url.port !== "" && Number(url.port) < 1024) throw refused(`port ${url.port}`)
  if (isIP(url.hostname) === 0 && !url.hostname.startsWith("[") && isLocalName(url.hostname)) {
    throw refused("a name of the local network")
  }
  return url
}

// One private address among public ones is a trick or a mistake; either way not to be tried.
function checked(addresses: readonly string[], policy: OutboundPolicy): readonly [string, ...string[]] {
  if (policy === "public" && !addresses.every(isPublicAddress)) throw refused("not a public address")
  const [first, ...others] = addresses.toSorted((a, b) => isIP(a) - isIP(b)).slice(0, MAX_ADDRESSES)
  if (first === undefined) throw failed("the host has no address")
  return [first, ...others]
}

async function inTime<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  signal.addEventListener("abort", () => reject(signal.reason), { once: true })
  try {
    return await Promise.race([promise, aborted])
  } catch (thrown) {
    throw thrown instanceof Fault ? thrown : failed("the host was not found", thrown)
  }
}

/**
 * One exchange over a new connection. The socket asks `lookup` once and gets the addresses that were checked, so that
 * a second DNS answer cannot move it; TLS name and Host header still come from the URL.
 */
async function send<T>(
  url: URL,
  addresses: readonly string[],
  { method, headers, body, read, socket }: Request<T>,
  { signal, ca }: { signal: AbortSignal; ca: string | undefined },
): Promise<T> {
  // Loaded when first wanted: it is 3 MB of memory, and many mediators never call anybody.
  const { request: open } = await (url.protocol === "https:" ? import("node:https") : import("node:http"))
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const fail = (thrown: unknown) => {
    const reason: unknown = signal.aborted ? signal.reason : thrown
    reject(reason instanceof Fault ? reason : failed(String(reason), reason))
  }
  const request = open(url, {
    method,
    headers,
    agent: false,
    lookup: answering(addresses),
    maxHeaderSize: MAX_HEADER_BYTES,
    // Said outright because NODE_TLS_REJECT_UNAUTHORIZED in the environment would otherwise decide.
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
  })
  const stop = () => request.destroy(signal.reason)
  signal.addEventListener("abort", stop, { once: true })
  request.on("error", fail)
  request.on("upgrade", ({ headers: { "sec-websocket-accept": accept } }, connection) => {
    if (socket && accept === socket.accept) {
      // The other side answers the close frame and ends the connection: by then it has read what came before.
      connection.on("close", () => resolve(socket.taken)).on("error", fail)
      connection.resume().end(socket.bytes)
    } else {
      connection.destroy()
      fail(failed("the host changed the protocol"))
    }
  })
  request.on("response", (response) => {
    read(response)
      .then(resolve, fail)
      .finally(() => request.destroy())
  })
  request.end(body)
  return await promise
}

const answering =
  (addresses: readonly string[]): LookupFunction =>
  (_host, { all }, callback) => {
    const answers = addresses.map((address) => ({ address, family: isIP(address) }))
    if (all) callback(null, answers)
    else callback(null, answers[0]?.address ?? "", answers[0]?.family)
  }

async function readReceipt({ statusCode, headers }: IncomingMessage): Promise<Receipt> {
  return { status: statusCode ?? 0, retryAfter: headers["retry-after"] ?? null }
}

const upTo = (maxBytes: number) => (response: IncomingMessage) => readAnswer(response, maxBytes)

async function readAnswer(response: IncomingMessage, maxBytes: number): Promise<Answer> {
  const { "content-encoding": encoding = "identity", "content-type": type } = response.headers
  if (encoding !== "identity") throw failed(`content encoding ${encoding}`)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > maxBytes) throw failed(`more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  const text = fromUtf8(concat(...chunks))
  if (text === null) throw failed("the body is not UTF-8")
  const mediaType = type?.split(";")[0]?.trim().toLowerCase()
  return { status: response.statusCode ?? 0, mediaType: mediaType || null, text }
}
