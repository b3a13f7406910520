/** The generator's sockets: idle ones, and ones in live mode whose pushes are timed. */

import { openLane, percentiles, postOf } from "./lane.ts"
import type { World } from "./load.ts"
import { forwardTo, MEDIA_TYPE, PICKUP, type Wallet } from "./wallet.ts"

const OPENING = 64
const GIVE_UP_MS = 5_000

type Heard = { next(): Promise<number>; socket: WebSocket }

export function createLiveJobs(here: () => World) {
  let sockets: WebSocket[] = []
  let live: Heard[] = []

  const closeAll = () => {
    for (const socket of [...sockets, ...live.map((one) => one.socket)]) socket.close()
    sockets = []
    live = []
  }

  return {
    /** Opens sockets that say nothing. */
    async openSockets({ url, count }: { url: string; count: number }) {
      let missing = count
      const work = async () => {
        while (missing-- > 0) sockets.push(await open(url))
      }
      await Promise.all(Array.from({ length: OPENING }, work))
      return sockets.length
    },

    async closeSockets(_: object) {
      closeAll()
      return 0
    },

    /** One socket in live mode for each of the first `count` wallets. */
    async goLive({ url, count }: { url: string; count: number }) {
      closeAll()
      const { mediator, wallets } = here()
      for (const wallet of wallets.slice(0, count)) {
        const heard = listenTo(await open(url))
        const draft = { type: `${PICKUP}/live-delivery-change`, body: { live_delivery: true } }
        heard.socket.send(await wallet.seal(draft, mediator))
        await heard.next()
        live.push(heard)
      }
      return live.length
    },

    /**
     * Sends one forward after the other to the live wallets in turn, `perSecond` in all, and times each from its
     * sending and from its acceptance to its push. Of one wallet's mail never more than one is under way, so that the
     * next frame is the one meant.
     */
    async push({ count, perSecond }: { count: number; perSecond: number }) {
      const { mediator, wallets } = here()
      const letters = await prepare(wallets, { count, live: live.length })
      const sent: number[] = []
      const accepted: number[] = []
      const late: number[] = []
      const start = performance.now()
      await Promise.all(
        live.map(async ({ next }, own) => {
          const lane = await openLane(mediator.url)
          for (let at = own; at < count; at += live.length) {
            const due = start + (at * 1000) / perSecond
            const wait = due - performance.now()
            if (wait > 0) await Bun.sleep(wait)
            const from = performance.now()
            const push = next()
            await lane.exchange(letters[at] ?? new Uint8Array())
            const answered = performance.now()
            const pushed = await push
            sent.push(pushed - from)
            accepted.push(Math.max(0, pushed - answered))
            late.push(from - due)
          }
          lane.close()
        }),
      )
      return { count: sent.length, sent: percentiles(sent), accepted: percentiles(accepted), late: percentiles(late) }
    },
  }

  async function prepare(wallets: readonly Wallet[], { count, live }: { count: number; live: number }) {
    const { mediator } = here()
    const letters: Uint8Array[] = []
    for (let at = 0; at < count; at++) {
      const to = wallets[at % live]?.did ?? ""
      letters.push(postOf(mediator.url, await forwardTo(to, mediator, null), MEDIA_TYPE))
    }
    return letters
  }
}

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url)
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve())
    socket.addEventListener("error", () => reject(new Error(`no WebSocket at ${url}`)))
  })
  return socket
}

/** When the next frame arrived, in the generator's time. */
function listenTo(socket: WebSocket): Heard {
  let waiting: PromiseWithResolvers<number> | null = null
  socket.addEventListener("message", () => {
    waiting?.resolve(performance.now())
    waiting = null
  })
  const next = () => {
    const one = Promise.withResolvers<number>()
    waiting = one
    const tooLate = setTimeout(() => one.reject(new Error("nothing was pushed in time")), GIVE_UP_MS)
    return one.promise.finally(() => clearTimeout(tooLate))
  }
  return { socket, next }
}
