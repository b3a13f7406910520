/** Drives one wallet on the Identus SDK: a Node process that runs test/interop/identus-wallet.mjs. */

import { fileURLToPath } from "node:url"

/** What the wallet's application was shown: one MESSAGE event. */
export type IdentusMessage = {
  readonly id: string
  readonly from: string | null
  readonly body: Record<string, unknown>
  readonly type: string
}

export type IdentusWallet = AsyncDisposable & {
  /** The mediator connection's state after the start: 2 requested, 3 denied, 4 granted. */
  readonly state: number | null
  /** Mints a did:peer:2 whose endpoint is the mediator and puts it on the mediator's list. */
  createPeerDid(): Promise<string>
  /** Sends basic messages (`text`, or `text 0` … when counted); resolves with what the mediator answered to the forwards. */
  send(message: { to: string; text: string; count?: number }): Promise<{ sent: number; replies: unknown[] }>
  /** Resolves once `count` messages were shown, or after `timeoutMs`, with all that were shown until then. */
  received(count: number, timeoutMs: number): Promise<readonly IdentusMessage[]>
  /** Rejections and exceptions that the SDK let escape. */
  trouble(): readonly string[]
  /** True once the live socket was opened and answered. */
  live(): boolean
  stop(): Promise<void>
}

/** One line of the program: an answer (with the command's id) or an event. */
type Line = {
  id?: number
  error?: string
  started?: boolean
  state?: number | null
  did?: string
  sent?: number
  replies?: unknown[]
  received?: IdentusMessage
  live?: "open" | "answered" | "closed"
  trouble?: string
}

const program = fileURLToPath(new URL("../interop/identus-wallet.mjs", import.meta.url))
const patienceMs = 20_000

/** Starts a wallet and waits until it runs (in live mode: until its socket was answered, at most 10 s). */
export async function identusWallet(options: {
  mediatorDid: string
  liveMode?: boolean
  pollMs?: number
}): Promise<IdentusWallet> {
  const child = Bun.spawn(["node", program], { stdin: "pipe", stdout: "pipe", stderr: "ignore" })
  const shown: IdentusMessage[] = []
  const troubles: string[] = []
  const waiting = new Map<number, (line: Line) => void>()
  const changed = new Set<() => void>()
  let live = false
  let lastId = 0

  const hear = (line: Line): void => {
    if (line.id !== undefined) waiting.get(line.id)?.(line)
    if (line.received) shown.push(line.received)
    if (line.trouble) troubles.push(line.trouble)
    if (line.live) live = line.live === "answered"
    for (const listener of changed) listener()
  }

  const ended = (async () => {
    let rest = ""
    const decoder = new TextDecoder()
    for await (const chunk of child.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n")
      rest = lines.pop() ?? ""
      for (const line of lines) hear(JSON.parse(line) as Line)
    }
    for (const answer of waiting.values()) answer({ error: "the wallet's process ended" })
  })()

  const until = async (reached: () => boolean, timeoutMs: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = () => reached() && resolve()
    const timer = setTimeout(resolve, timeoutMs)
    changed.add(look)
    look()
    await promise
    clearTimeout(timer)
    changed.delete(look)
  }

  const command = async (name: string, args: unknown): Promise<Line> => {
    lastId += 1
    const id = lastId
    const { promise, resolve } = Promise.withResolvers<Line>()
    const timer = setTimeout(() => resolve({ error: `no answer to ${name} in ${patienceMs} ms` }), patienceMs)
    waiting.set(id, resolve)
    child.stdin.write(`${JSON.stringify({ id, [name]: args })}\n`)
    child.stdin.flush()
    const answer = await promise
    clearTimeout(timer)
    waiting.delete(id)
    if (answer.error) throw new Error(`identus ${name}: ${answer.error}`)
    return answer
  }

  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return
    await command("stop", {}).catch(() => child.kill())
    await Promise.all([child.exited, ended])
  }

  const liveMode = options.liveMode ?? false
  let state: number | null
  try {
    const started = await command("start", { ...options, liveMode, pollMs: options.pollMs ?? 200 })
    if (!started.started) throw new Error("the Identus agent did not reach its running state")
    state = started.state ?? null
  } catch (error) {
    child.kill()
    throw error
  }
  if (liveMode) await until(() => live, 10_000)

  return {
    state,
    createPeerDid: async () => (await command("createPeerDid", {})).did ?? "",
    send: async (message) => {
      const { sent = 0, replies = [] } = await command("send", message)
      return { sent, replies }
    },
    received: async (count, timeoutMs) => {
      await until(() => shown.length >= count, timeoutMs)
      return [...shown]
    },
    trouble: () => troubles,
    live: () => live,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
