// A wallet on the Identus TypeScript SDK, for Node 20, steered by JSON lines: one command a line on stdin, answers (with the
// command's `id`) and events (without) on stdout. test/kit/identus.ts is the other end.
//   {id, start: {mediatorDid, liveMode, pollMs}} → {id, started, state}     state 4: mediation was granted
//   {id, createPeerDid: {}} → {id, did}                                     the DID is on the mediator's list
//   {id, send: {to, text, count}} → {id, sent, replies}                     `text 0`, `text 1`, … when count is given
//   {id, stop: {}} → {id, stopped}                                          then the process ends
// Events: {received: {id, from, body, type}}, {live: "open" | "answered" | "closed"}, {trouble}.

import { createInterface } from "node:readline"
import WebSocket from "ws"

const emit = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)

// The SDK chats on the console; stdout is ours.
console.log = console.info = console.debug = console.error
// A refused poll or an unreadable push is a rejection that nobody awaits in the SDK: Node would end the process for it.
process.on("unhandledRejection", (reason) => emit({ trouble: String(reason?.stack ?? reason) }))
process.on("uncaughtException", (error) => emit({ trouble: String(error?.stack ?? error) }))

// Node 20 has no WebSocket of its own. The SDK tells nobody when its live socket works, so the socket does.
globalThis.WebSocket = class extends WebSocket {
  constructor(url) {
    super(url)
    this.addEventListener("open", () => emit({ live: "open" }))
    this.addEventListener("close", () => emit({ live: "closed" }))
    this.addEventListener("message", () => emit({ live: "answered" }), { once: true })
    this.addEventListener("error", (event) => emit({ trouble: `socket: ${event.message}` }))
  }
}

const SDK = await import("@hyperledger/identus-sdk")

/** The SDK's Store in memory: tables of rows with a `uuid`; selectors are equalities and `$or`, all it ever asks with. */
function memoryStore() {
  const tables = new Map()
  const rows = (table) => tables.get(table) ?? tables.set(table, new Map()).get(table)
  const matches = (row, selector = {}) =>
    Object.entries(selector).every(([name, wanted]) => {
      if (name === "$or") return wanted.some((part) => matches(row, part))
      if (name === "$and") return wanted.every((part) => matches(row, part))
      if (name.startsWith("$") || (typeof wanted === "object" && wanted !== null)) throw new Error(`selector ${name}`)
      return row[name] === wanted
    })
  const put = async (table, row) => void rows(table).set(row.uuid, structuredClone(row))
  return {
    insert: put,
    update: put,
    delete: async (table, uuid) => void rows(table).delete(uuid),
    query: async (table, query) =>
      [...rows(table).values()].filter((row) => matches(row, query?.selector)).map((row) => structuredClone(row)),
  }
}

let agent
let ownDid

const commands = {
  async start({ mediatorDid, liveMode, pollMs }) {
    const pluto = new SDK.Pluto(memoryStore(), new SDK.Apollo())
    agent = SDK.Agent.initialize({ mediatorDID: mediatorDid, pluto, options: { experiments: { liveMode } } })
    agent.addListener(SDK.ListenerKey.MESSAGE, (messages) => {
      for (const { id, from, body, piuri } of messages) {
        emit({ received: { id, from: from?.toString() ?? null, body, type: piuri } })
      }
    })
    await agent.start()
    // start() polls every 5 s already; asked again in live mode it would open a second socket.
    if (!liveMode) {
      agent.stopFetchingMessages()
      await agent.startFetchingMessages(pollMs)
    }
    return { started: agent.state === "running", state: agent.connections.mediator?.state ?? null }
  },

  async createPeerDid() {
    ownDid = await agent.createNewPeerDID([], true)
    return { did: ownDid.toString() }
  },

  async send({ to, text, count }) {
    ownDid ??= await agent.createNewPeerDID([], true)
    const recipient = SDK.Domain.DID.fromString(to)
    const texts = count === undefined ? [text] : Array.from({ length: count }, (_, index) => `${text} ${index}`)
    const replies = []
    for (const content of texts) {
      const reply = await agent.sendMessage(new SDK.BasicMessage({ content }, ownDid, recipient).makeMessage())
      if (reply !== undefined) replies.push({ type: reply.piuri, body: reply.body })
    }
    return { sent: texts.length, replies }
  },

  async stop() {
    await agent?.stop()
    return { stopped: true }
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, ...command } = JSON.parse(line)
  const [name, args] = Object.entries(command)[0]
  try {
    emit({ id, ...(await commands[name](args)) })
  } catch (error) {
    emit({ id, error: String(error?.stack ?? error) })
  }
  if (name === "stop") break
}
process.exit(0)
