/** Every failure once: what it is called, what each door answers, whom it may be told, and what to do about it. */

type Row = {
  /** HTTP status. */
  readonly http: number
  /** DIDComm problem code (report-problem 2.0). */
  readonly problem: string
  /** Who may be told over DIDComm: anybody, a sender whose key was proven, or nobody (a bare HTTP status). */
  readonly tell: "anyone" | "proven" | "nobody"
  /** Seconds after which trying again makes sense. */
  readonly retry?: number
  /** Exit code when it ends a command (sysexits); 1 unless given. */
  readonly exit?: number
  /** The sentence for people. `{1}` is replaced by the first of `args`. */
  readonly say: string
}

const catalogue = {
  "request.malformed": {
    http: 400,
    problem: "e.p.msg",
    tell: "nobody",
    say: "The request is not what is served here.",
  },
  "request.not_found": { http: 404, problem: "e.p.msg", tell: "nobody", say: "There is nothing at this address." },
  "request.method": {
    http: 405,
    problem: "e.p.msg",
    tell: "nobody",
    say: "This address does not answer to that method.",
  },
  "request.too_large": {
    http: 413,
    problem: "e.p.me.res.storage.message_too_big",
    tell: "nobody",
    say: "The message is larger than this mediator accepts; max_receive_bytes says how much that is.",
  },
  "request.media_type": {
    http: 415,
    problem: "e.p.msg",
    tell: "nobody",
    say: "Send application/didcomm-encrypted+json without a content encoding.",
  },
  "request.busy": {
    http: 503,
    problem: "e.p.me.res",
    tell: "nobody",
    retry: 1,
    say: "The mediator is at its limit for the moment; try again.",
  },

  "envelope.malformed": {
    http: 400,
    problem: "e.p.msg",
    tell: "nobody",
    say: "The envelope does not follow DIDComm v2.",
  },
  // One code for every way in which opening fails: telling them apart would help only an attacker.
  "envelope.unreadable": {
    http: 400,
    problem: "e.p.trust.crypto",
    tell: "nobody",
    say: "The envelope cannot be opened.",
  },
  "envelope.inconsistent": {
    http: 400,
    problem: "e.p.trust",
    tell: "nobody",
    say: "The message's from and to do not agree with the keys of its envelope.",
  },
  "envelope.replayed": {
    http: 409,
    problem: "e.p.crypto.message.dejavu",
    tell: "proven",
    say: "This message was received and processed before.",
  },

  "message.malformed": {
    http: 400,
    problem: "e.p.msg",
    tell: "proven",
    say: "The message's body does not fit its type.",
  },
  "message.unsupported": {
    http: 400,
    problem: "e.p.msg.unsupported",
    tell: "proven",
    say: "The message type '{1}' is not supported in this role or version.",
  },
  "message.invalid": {
    http: 400,
    problem: "e.m.msg",
    tell: "proven",
    say: "A member of the message's body is out of range.",
  },
  "message.expired": {
    http: 400,
    problem: "e.m.req.time",
    tell: "proven",
    say: "The message had expired when it arrived.",
  },
  "message.unproven": {
    http: 400,
    problem: "e.p.trust",
    tell: "nobody",
    say: "This request needs a sender whose key authenticates the envelope.",
  },
  "message.too_many_errors": {
    http: 429,
    problem: "e.p.req.max-errors-exceeded",
    tell: "proven",
    say: "Too many errors on this thread; nothing more will be said on it.",
  },
  "message.live_mode": {
    http: 400,
    problem: "e.m.live-mode-not-supported",
    tell: "proven",
    say: "Connection does not support Live Delivery",
  },

  "registration.unknown": {
    http: 403,
    problem: "e.p.req.not_enroll",
    tell: "proven",
    say: "The DID '{1}' is not enroll.",
  },
  "recipient.unknown": {
    http: 404,
    problem: "e.p.req.not_enroll",
    tell: "anyone",
    say: "The DID '{1}' is not enroll.",
  },
  "mailbox.full": { http: 507, problem: "e.p.me.res.storage", tell: "anyone", say: "The mailbox is at its quota." },
  "message.too_large": {
    http: 413,
    problem: "e.p.me.res.storage.message_too_big",
    tell: "anyone",
    say: "The message is larger than a mailbox here accepts.",
  },

  "did.malformed": { http: 400, problem: "e.p.did.malformed", tell: "nobody", say: "The DID is not well-formed." },
  "did.unresolvable": { http: 400, problem: "e.p.did", tell: "nobody", say: "The DID cannot be resolved." },
  "outbound.refused": {
    http: 502,
    problem: "e.p.xfer",
    tell: "nobody",
    say: "The address is not one that this mediator may connect to.",
  },
  "outbound.failed": {
    http: 502,
    problem: "e.p.xfer",
    tell: "nobody",
    say: "The other side did not answer as it should.",
  },

  usage: { http: 400, problem: "e.p.msg", tell: "nobody", exit: 64, say: "The command was not understood." },
  "setting.invalid": { http: 500, problem: "e.p.error", tell: "nobody", exit: 78, say: "A setting cannot be used." },
  "identity.unusable": {
    http: 500,
    problem: "e.p.error",
    tell: "nobody",
    exit: 78,
    say: "The mediator's identity file cannot be used.",
  },
  "server.unreachable": { http: 502, problem: "e.p.xfer", tell: "nobody", exit: 69, say: "No mediator answers there." },
  "server.address": {
    http: 500,
    problem: "e.p.error",
    tell: "nobody",
    exit: 69,
    say: "The server cannot listen on that address.",
  },
  "folder.unwritable": {
    http: 500,
    problem: "e.p.error",
    tell: "nobody",
    exit: 73,
    say: "The data folder cannot be created or written.",
  },
  "file.uncreatable": {
    http: 500,
    problem: "e.p.error",
    tell: "nobody",
    exit: 73,
    say: "The file cannot be created.",
  },
  "store.unusable": { http: 500, problem: "e.p.error", tell: "nobody", exit: 65, say: "The database cannot be used." },
  "store.failed": {
    http: 503,
    problem: "e.p.me.res.storage",
    tell: "anyone",
    retry: 5,
    exit: 74,
    say: "The database could not be written; nothing was accepted.",
  },
  internal: { http: 500, problem: "e.p.error", tell: "proven", say: "Something unexpected went wrong here." },
} as const satisfies Record<string, Row>

export type FaultCode = keyof typeof catalogue

/** A refusal. `detail` and `cause` are for the log and the operator's terminal; the wire gets only the sentence. */
export class Fault extends Error {
  override readonly name = "Fault"
  readonly code: FaultCode
  readonly detail: string | null
  readonly args: readonly string[]

  constructor(code: FaultCode, given: { detail?: string; cause?: unknown; args?: readonly string[] } = {}) {
    super(given.detail === undefined ? code : `${code}: ${given.detail}`, { cause: given.cause })
    this.code = code
    this.detail = given.detail ?? null
    this.args = given.args ?? []
  }

  get row(): Row {
    return catalogue[this.code]
  }

  /** The sentence with its placeholders filled; a missing argument reads `?` (report-problem 2.0). */
  get sentence(): string {
    return this.row.say.replace(/\{(\d+)\}/g, (_, n) => this.args[Number(n) - 1] ?? "?")
  }

  /** Anything thrown, as a Fault: what nobody foresaw is `internal`. */
  static from(thrown: unknown): Fault {
    return thrown instanceof Fault ? thrown : new Fault("internal", { detail: String(thrown), cause: thrown })
  }
}

/** The whole catalogue, for the generated reference of errors. */
export const faults: Readonly<Record<FaultCode, Row>> = catalogue
