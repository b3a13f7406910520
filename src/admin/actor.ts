import type { Actor } from "../mailbox/accounts.ts"

/** An actor as lines of the audit name it. */
export const auditActor = ({ name, address }: Actor): string => (address === null ? name : `${name}@${address}`)
