import { availableParallelism } from "node:os"
import type { Log } from "../../base/log.ts"
import type { PublicKey } from "../../crypto/keys.ts"
import { createJose, type Jose, type Keys } from "../../didcomm/jose.ts"
import { chuteMemory } from "./chute.ts"
import { type Chutes, createLine, type Line, type Mail } from "./line.ts"
import type { Asked, JoseActs } from "./worker.ts"

/** The event loop and the writer want cores, too: with one of these for each two, all are busy at the same time. */
const MOST = Math.max(1, Math.floor(availableParallelism() / 2))

/** Characters. What is larger is sealed at once, here: as many as were asked for would else wait in memory for a thread. */
const LARGE = 64 * 1024

// In a bundle this module is part of main.js, and the worker, an entry point, lies where it lay under src.
const entry = import.meta.url.endsWith("/threads.ts") ? "./worker.ts" : "./app/jose/worker.ts"
const spawnWorker = (): Worker => new Worker(new URL(entry, import.meta.url))

type Thread = { readonly worker: Worker; readonly line: Line<JoseActs> }

export type JoseThreads = Jose &
  Disposable & {
    /** Whether an Ed25519 key made the signature, in base64, over the UTF-8 of `text`. */
    verify(key: PublicKey, text: string, signature: string): Promise<boolean>
  }

type Given = Keys & {
  /** Another object once our keys have been replaced. */
  readonly mark: () => object
}

/**
 * Opens, seals and verifies in threads of their own, each of which is started when all that there are have something to
 * do. One that fails takes what it was doing along (Fault internal), and is replaced.
 */
export function openJoseThreads(
  { ours, theirs, mark }: Given,
  { log }: { log: Log },
  spawn = spawnWorker,
): JoseThreads {
  const threads = new Set<Thread>()
  const here = createJose({ ours, theirs })
  let known = mark()

  const asked = {
    ours: async (kid: string) => (await ours(kid))?.jwk ?? null,
    theirs: async ({ purpose, kid }: Parameters<Asked["theirs"]>[0]) => (await theirs(purpose, kid)).jwk,
  }

  function start(): Thread {
    const worker = spawn()
    const chutes: Chutes = { there: chuteMemory(), back: chuteMemory() }
    worker.postMessage(chutes)
    const line = createLine<JoseActs>(chutes, (mail) => worker.postMessage(mail), asked)
    const thread = { worker, line }
    const onLost = (reason: string) => {
      if (!threads.delete(thread)) return
      log.error("jose.thread_lost", { reason })
      line.lose(reason)
      worker.terminate()
    }
    worker.onmessage = ({ data }: MessageEvent<Mail>) => line.take(data)
    worker.onerror = ({ message }) => onLost(message)
    worker.addEventListener("close", () => onLost("the thread ended"))
    threads.add(thread)
    return thread
  }

  /** The least busy one. */
  function line(): Line<JoseActs> {
    if (known !== mark()) {
      known = mark()
      // A thread that is lost has forgotten, too.
      for (const thread of threads) thread.line.call("forget", null).catch(() => {})
    }
    let found: Thread | null = null
    for (const thread of threads) if (!found || thread.line.waiting() < found.line.waiting()) found = thread
    const isNeeded = !found || (found.line.waiting() > 0 && threads.size < MOST)
    return (isNeeded ? start() : (found as Thread)).line
  }

  return {
    open: (envelope) => line().call("open", { text: envelope }),
    async seal(text, to, by) {
      if (text.length > LARGE) return await here.seal(text, to, by)
      return (await line().call("seal", { text, to: { kid: to.kid, jwk: to.key.jwk }, by })).text
    },
    verify: ({ jwk }, text, signature) => line().call("verify", { jwk, text, signature }),
    [Symbol.dispose]() {
      const all = [...threads]
      threads.clear()
      for (const { worker, line } of all) {
        line.lose("the mediator stops")
        worker.terminate()
      }
    },
  }
}
