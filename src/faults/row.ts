/** The codes of Decentrl's wire profile; decentrl/wire.ts says which HTTP status each has there. */
export type DecentrlCode =
  | "INVALID_COMMAND"
  | "INVALID_PAYLOAD"
  | "UNKNOWN_COMMAND"
  | "INVALID_SIGNATURE"
  | "TIMESTAMP_OUT_OF_RANGE"
  | "DID_RESOLUTION_FAILED"
  | "NOT_REGISTERED"
  | "COMMUNICATION_CONTRACT_NOT_VALID"
  | "REGISTRATION_DENIED"
  | "RECIPIENT_NOT_REGISTERED"
  | "NOT_FOUND"
  | "NONCE_ALREADY_USED"
  | "PAYLOAD_TOO_LARGE"
  | "UNSUPPORTED_MEDIA_TYPE"
  | "RATE_LIMITED"
  | "MAILBOX_FULL"
  | "INTERNAL_ERROR"

/** One failure: what it is called, what each door answers, whom it may be told, and what to do about it. */
export type Row = {
  /** HTTP status. */
  readonly http: number
  /** DIDComm problem code (report-problem 2.0). */
  readonly problem: string
  /** Decentrl's code. */
  readonly decentrl: DecentrlCode
  /** Who may be told over DIDComm: anybody, a sender whose key was proven, or nobody (a bare HTTP status). */
  readonly tell: "anyone" | "proven" | "nobody"
  /** Seconds after which trying again makes sense. */
  readonly retry?: number
  /** Exit code when it ends a command (sysexits); 1 unless given. */
  readonly exit?: number
  /** The sentence for people. `{1}` is replaced by the first of `args`. */
  readonly say: string
}
