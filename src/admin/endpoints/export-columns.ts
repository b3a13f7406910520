/** What a row of each list has in a spreadsheet. */

import type * as v from "valibot"
import type { Account, AuditLine, Queue } from "../../mailbox/operator-ports.ts"
import type { Columns } from "../list-file.ts"
import type { OpenConnection } from "./connections.ts"
import type { invite } from "./invites.ts"

const moment = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

export const auditColumns: Columns<AuditLine> = {
  seq: ({ seq }) => seq,
  at: ({ at }) => moment(at),
  actor: ({ actor }) => actor,
  action: ({ action }) => action,
  subject: ({ subject }) => subject,
  detail: ({ detail }) => detail,
  hash: ({ hash }) => hash,
}

export const accountColumns: Columns<Account> = {
  did: ({ did }) => did,
  state: ({ state }) => state,
  lanes: ({ lanes }) => lanes.join(" "),
  label: ({ label }) => label,
  note: ({ note }) => note,
  invite: ({ invite }) => invite,
  addresses: ({ addresses }) => addresses,
  messages: ({ messages }) => messages,
  bytes: ({ bytes }) => bytes,
  max_messages: ({ overrides }) => overrides.maxMessages,
  max_bytes: ({ overrides }) => overrides.maxBytes,
  oldest_at: ({ oldestAt }) => moment(oldestAt),
  created_at: ({ createdAt }) => moment(createdAt),
  changed_at: ({ changedAt }) => moment(changedAt),
  last_seen_at: ({ lastSeenAt }) => moment(lastSeenAt),
  prune_at: ({ pruneAt }) => moment(pruneAt),
}

export const queueColumns: Columns<Queue> = {
  did: ({ did }) => did,
  label: ({ label }) => label,
  lanes: ({ lanes }) => lanes.join(" "),
  messages: ({ messages }) => messages,
  bytes: ({ bytes }) => bytes,
  oldest_at: ({ oldestAt }) => moment(oldestAt),
  unacknowledged: ({ unacknowledged }) => unacknowledged,
}

export const connectionColumns: Columns<OpenConnection> = {
  id: ({ id }) => id,
  lane: ({ lane }) => lane,
  dids: ({ dids }) => dids.join(" "),
  address: ({ address }) => address,
  since: ({ since }) => moment(since),
  buffered_bytes: ({ bufferedBytes }) => bufferedBytes,
  live: ({ isLive }) => (isLive ? "yes" : "no"),
}

export const inviteColumns: Columns<v.InferOutput<typeof invite>> = {
  id: ({ id }) => id,
  url: ({ url }) => url,
  state: ({ state }) => state,
  label: ({ label }) => label,
  uses: ({ uses }) => uses,
  used: ({ used }) => used,
  max_messages: ({ overrides }) => overrides.maxMessages,
  max_bytes: ({ overrides }) => overrides.maxBytes,
  expires_at: ({ expiresAt }) => moment(expiresAt),
  revoked_at: ({ revokedAt }) => moment(revokedAt),
  created_at: ({ createdAt }) => moment(createdAt),
}
