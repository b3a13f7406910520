/** The generator's part in Decentrl: senders whose letters are signed beforehand, receivers that listen on sockets. */

import { randomBytes } from "node:crypto"
import {
  type Answer,
  acceptOffer,
  type Client,
  command,
  createClient,
  createIdentity,
  type Identity,
  inAnHour,
  makeOffer,
  meet,
} from "../kit/decentrl.ts"
import { type Driven, drive, type Lane, openLane, postOf } from "./lane.ts"

const GIVE_UP_MS = 30_000
/** Base64 characters of a letter's payload. */
const PAYLOAD = 1_500

const pairs: { sender: Identity; receiver: Client }[] = []
const sockets: WebSocket[] = []
let lanes: Lane[] = []
let letters: Uint8Array[] = []
let pushed = 0
let onPush = () => {}

export const decentrlJobs = {
  /** Registers receivers, connects a socket for each, and gives each a contract with a sender. */
  async decentrlSettle({ url, people }: { url: string; people: number }) {
    const home = await meet(url)
    for (let at = 0; at < people; at++) {
      const receiver = await createClient(home, `receiver ${at}`)
      check("registration", await receiver.register())
      sockets.push(await listen(`${url.replace("http", "ws")}/decentrl`, await receiver.authenticate()))
      const sender = await createIdentity(`sender ${at}`, home.did)
      const { offer } = await makeOffer(sender, receiver.did, inAnHour())
      const { contract } = await acceptOffer(receiver, offer)
      check("contract", await receiver.ask("SAVE_COMMUNICATION_CONTRACT", { contract }))
      pairs.push({ sender, receiver })
    }
    return pairs.length
  },

  /** Prepares letters of each sender in turn to its receiver. */
  async decentrlLetters({ url, count, connections }: { url: string; count: number; connections: number }) {
    const place = new URL("/decentrl", url)
    letters = []
    for (let at = 0; at < count; at++) {
      const pair = pairs[at % pairs.length]
      if (!pair) throw new Error("nobody has settled")
      const payload = { payload: randomBytes((PAYLOAD * 3) / 4).toString("base64") }
      const body = JSON.stringify(await command(pair.sender, "TWO_WAY_PRIVATE", pair.receiver.did, payload))
      letters.push(postOf(place, body, "application/json"))
    }
    for (const lane of lanes) lane.close()
    lanes = await Promise.all(Array.from({ length: connections }, () => openLane(place)))
    return { bytes: letters[0]?.byteLength ?? 0 }
  },

  /** Sends them; ends when all were answered and all were pushed. */
  async decentrlGo(_: object): Promise<Omit<Driven, "answers"> & { pushed: number }> {
    pushed = 0
    const all = Promise.withResolvers<void>()
    onPush = () => {
      if (pushed >= letters.length) all.resolve()
    }
    const start = performance.now()
    const cpu = process.cpuUsage()
    const { answers: _answers, ...driven } = await drive(lanes, letters, { keepAnswers: "count" })
    if (driven.statuses[200] !== letters.length) return { ...driven, pushed }
    const tooLate = setTimeout(() => all.reject(new Error(`${pushed} of ${letters.length} were pushed`)), GIVE_UP_MS)
    await all.promise.finally(() => clearTimeout(tooLate))
    const { user, system } = process.cpuUsage(cpu)
    return { ...driven, ms: performance.now() - start, cpuUs: user + system, pushed }
  },
}

function check(what: string, { type, code }: Answer): void {
  if (type !== "SUCCESS") throw new Error(`a ${what} was answered with ${code ?? type}`)
}

async function listen(url: string, authentication: object): Promise<WebSocket> {
  const socket = new WebSocket(url)
  const welcome = Promise.withResolvers<void>()
  socket.addEventListener("open", () => socket.send(JSON.stringify(authentication)))
  socket.addEventListener("error", () => welcome.reject(new Error(`no WebSocket at ${url}`)))
  socket.addEventListener("message", ({ data }) => {
    const text = String(data)
    if (text.startsWith('{"type":"AUTH_SUCCESS"')) return welcome.resolve()
    if (text.startsWith('{"type":"AUTH_ERROR"')) return welcome.reject(new Error(text))
    // Each event in a frame has one id of its own; to parse them all would cost the machine more than to push them.
    pushed += text.split('"sender_did":').length - 1
    onPush()
  })
  await welcome.promise
  return socket
}
