import { type Clock, toSeconds } from "../base/clock.ts"
import type { Random } from "../base/random.ts"
import type { Fault } from "../faults.ts"
import { mediaTypes, type Plaintext } from "./message.ts"
import type { Party, Protocol, Reply } from "./registry.ts"

type Author = { readonly clock: Clock; readonly random: Random }

/** A whole plaintext message around a reply. `type` is a complete message type here. */
export function compose(
  { type, body, attachments, comment }: Reply,
  { from, to, thid, pthid, clock, random }: Author & { from: Party; to: Party | null; thid?: string; pthid?: string },
): object {
  return {
    id: random.id(),
    typ: mediaTypes.plain,
    type,
    from: from.did,
    ...(to && { to: [to.did] }),
    ...(thid !== undefined && { thid }),
    ...(pthid !== undefined && { pthid }),
    created_time: toSeconds(clock.now()),
    ...(comment !== undefined && { comment }),
    body,
    ...(attachments && { attachments }),
  }
}

export const threadOf = ({ id, thid }: Plaintext): string => thid ?? id

export const isProblemReport = (type: string): boolean => type.endsWith("/problem-report")

const REPORT_PROBLEM = "https://didcomm.org/report-problem/2.0"

/** The problem report of a fault, for a new thread below the failing message's (report-problem 2.0). */
export function problemReport(fault: Fault, failing: Plaintext, protocol: Protocol | undefined): Reply {
  const { problem, say } = fault.row
  // A body that does not parse is reported under the type it was meant to be, as wallets expect it.
  const code = fault.code === "message.malformed" ? `${problem}.${failing.type}` : problem
  // The comment keeps its placeholders; the arguments travel beside it.
  const args = fault.args.length > 0 ? { args: fault.args } : {}
  const uri = protocol?.ownReports ? protocol.uri : REPORT_PROBLEM
  return { type: `${uri}/problem-report`, body: { code, comment: say, ...args } }
}
