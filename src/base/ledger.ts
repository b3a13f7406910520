/** Facts that expire: nonces, envelopes already seen, setup links. One primitive: insert if absent, until. */
export interface Ledger {
  /** Notes `key` under `kind` until `until` (epoch ms). False when it is already noted and has not expired. */
  reserve(kind: string, key: string, until: number): Promise<boolean>
}
