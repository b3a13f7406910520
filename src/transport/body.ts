import type { Server } from "bun"
import { Fault } from "../faults.ts"
import { type Place, SMALL } from "./budget.ts"

/** A small body is read in one go, within this time. */
const READ_S = 60
/** Of a larger one, each further STEP must come within STEP_S: a slow line is no attack, a silent one may be. */
const STEP = 16 * 1024
const STEP_S = 30
/** How long an answer may take once the request is there. */
const ANSWER_S = 120

type Host = Pick<Server<unknown>, "timeout">

/**
 * The whole body of at most `most` bytes, counted on `place`. Bun's time limits count from when they are set, not from
 * the last byte. Faults: request.too_large, also when the client went away; request.busy.
 */
export async function readBody(request: Request, server: Host, place: Place, most: number): Promise<Uint8Array> {
  const length = request.headers.get("content-length")
  const room = Math.min(Number(length ?? most), most)
  if (length !== null && Number(length) > most) throw new Fault("request.too_large")
  try {
    const isSmall = length !== null && room <= SMALL
    const bytes = isSmall ? await readAtOnce(request, server, place) : await readInSteps(request, server, place, room)
    server.timeout(request, ANSWER_S)
    return bytes
  } catch (cause) {
    throw cause instanceof Fault ? cause : new Fault("request.too_large", { cause })
  }
}

async function readAtOnce(request: Request, server: Host, place: Place): Promise<Uint8Array> {
  server.timeout(request, READ_S)
  const bytes = await request.bytes()
  place.grow(bytes.byteLength)
  return bytes
}

async function readInSteps(request: Request, server: Host, place: Place, room: number): Promise<Uint8Array> {
  // Memory that is never written to costs nothing, so it may be as much as could come.
  const whole = new Uint8Array(room)
  server.timeout(request, STEP_S)
  let size = 0
  let due = STEP
  for await (const part of request.body ?? []) {
    if (size + part.byteLength > room) throw new Fault("request.too_large")
    place.grow(part.byteLength)
    whole.set(part, size)
    size += part.byteLength
    if (size < due) continue
    server.timeout(request, STEP_S)
    due = size + STEP
  }
  return whole.subarray(0, size)
}
