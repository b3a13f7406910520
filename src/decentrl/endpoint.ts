import type { Clock } from "../base/clock.ts"
import type { JsonObject } from "../base/json.ts"
import type { Log } from "../base/log.ts"
import { Fault } from "../faults.ts"
import type { Fact } from "../mailbox/ports.ts"
import type { Inbound, Outbound, Receiver } from "../wire.ts"
import { prove, readCommand, type Unproven } from "./command.ts"
import type { Nonces } from "./nonces.ts"
import type { Pace } from "./pace.ts"
import type { Registry, Turn } from "./registry.ts"
import type { Signers } from "./signers.ts"
import { type Answer, errorText, mediaType, statuses } from "./wire.ts"

export type EndpointPorts = {
  readonly registry: Registry
  readonly signers: Signers
  readonly nonces: Nonces
  readonly pace: Pace
  /** What writes through notes the fact with the first thing that is written. */
  readonly within: (fact: Fact) => Turn
  /** Bounds how many signatures are verified at the same time. */
  readonly enter: <T>(act: () => Promise<T>) => Promise<T>
  readonly clock: Clock
  readonly log: Log
}

/** The only path of a Decentrl command: bytes → genuine → new → allowed → done → bytes. */
export function createEndpoint(ports: EndpointPorts): { receive: Receiver } {
  const { registry, nonces, pace, within, enter, log } = ports

  async function receive(inbound: Inbound): Promise<Outbound> {
    let command: Unproven | null = null
    try {
      if (inbound.mediaType !== mediaType) throw new Fault("request.media_type")
      const read = readCommand(inbound.bytes)
      command = read
      return answered(await enter(() => take(read)))
    } catch (thrown) {
      const fault = Fault.from(thrown)
      note(fault, command)
      return refused(fault)
    }
  }

  async function take(command: Unproven): Promise<Answer> {
    const { header, payload, claim } = command
    const document = await prove(claim, ports)
    const fact = nonces.fresh(header.sender_did, header.nonce)
    const declared = registry.find(header, payload)
    pace.admit(declared, header.sender_did)
    const known = await registry.authorise(declared, header)
    const handle = registry.prepare(declared, command, known)
    const turn = within(fact)
    if (declared?.reads) await turn.reserve()
    const answer = await handle({ document, turn })
    nonces.spent(fact)
    return answer
  }

  function note(fault: Fault, command: Unproven | null): void {
    const { channel, sender_did: by } = command?.header ?? {}
    const fields = { code: fault.code, detail: fault.detail, channel, type: command?.payload.type, by }
    if (fault.row.decentrl !== "INTERNAL_ERROR") log.debug("decentrl.refused", fields)
    else
      log.error("decentrl.failed", { ...fields, cause: fault.cause instanceof Error ? fault.cause.stack : undefined })
  }

  return { receive }
}

const answered = ({ type, payload }: Answer): Outbound => ({
  ...said({ type, payload }),
  http: type === "PENDING" ? 202 : 200,
})

const said = (value: JsonObject) => ({ status: "answered", mediaType, text: JSON.stringify(value) }) as const

/** A refusal in Decentrl's words, for every door. */
export function refused({ code, row, sentence, retry }: Fault): Outbound {
  return {
    status: "answered",
    mediaType,
    text: errorText(row.decentrl, sentence),
    http: statuses[row.decentrl],
    ...(retry !== null && { retry }),
    refusal: code,
  }
}
