/** One request that tells somebody that mail waits: nothing in it says whose, from whom, or how much. */
export type Outgoing = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}
