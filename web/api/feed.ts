/** One stream of events for the whole page: what happened, and how the mediator fares. */

import { signal } from "@preact/signals"
import { tell } from "./changes.ts"
import { once } from "./client.ts"
import { expire, session } from "./session.ts"
import type { AuditLine, Snapshot } from "./types.ts"

/** The mediator's figures, as of now; null until the first came. */
export const status = signal<Snapshot | null>(null)
/** Whether the stream is open. Without it lists do not refresh by themselves. */
export const isLive = signal(true)

const FIRST_MS = 1_000
const MOST_MS = 30_000
/** The status comes every five seconds: when it does not, the connection is gone although nobody said so. */
const SILENCE_MS = 16_000

let source: EventSource | null = null
let wait = FIRST_MS
let timer = 0
let watchdog = 0

function alive(): void {
  clearTimeout(watchdog)
  watchdog = window.setTimeout(lost, SILENCE_MS)
  if (!isLive.value) tell(null)
  isLive.value = true
  wait = FIRST_MS
}

function connect(): void {
  disconnect()
  source = new EventSource("api/feed")
  source.addEventListener("open", alive)
  source.addEventListener("status", ({ data }) => {
    alive()
    status.value = JSON.parse(data) as Snapshot
  })
  source.addEventListener("audit", ({ data }) => {
    alive()
    tell(JSON.parse(data) as AuditLine)
  })
  source.addEventListener("end", () => {
    disconnect()
    expire()
  })
  source.addEventListener("error", lost)
}

function disconnect(): void {
  clearTimeout(timer)
  clearTimeout(watchdog)
  source?.close()
  source = null
}

async function lost(): Promise<void> {
  disconnect()
  isLive.value = false
  timer = window.setTimeout(connect, wait)
  wait = Math.min(wait * 2, MOST_MS)
  // The stream cannot tell why it was refused.
  const error = await once("GET", "/session").catch((thrown: { code?: string }) => thrown)
  if ((error as { code?: string }).code === "admin.unauthenticated") expire()
}

/** Keeps the stream open for as long as somebody is signed in. */
export function followFeed(): void {
  session.subscribe(({ kind }) => {
    if (kind === "signed-in") connect()
    else disconnect()
  })
  addEventListener("online", () => session.value.kind === "signed-in" && connect())
  addEventListener("offline", () => session.value.kind === "signed-in" && lost())
}
