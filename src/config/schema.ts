/** Every setting once. The TOML key, environment name, flag, help line and documentation are computed from its path. */

import {
  choice,
  choices,
  count,
  DAY,
  didPatterns,
  duration,
  HOUR,
  KiB,
  type Kind,
  listenAddress,
  MINUTE,
  MiB,
  networks,
  SECOND,
  schedule,
  size,
  text,
  webAddress,
  yesOrNo,
} from "./kinds.ts"

/** A default that follows from settings above it in the schema. */
type Computed<T> = { readonly says: string; readonly from: (known: Known) => T }
type Known = { readonly server: { readonly port: number; readonly tls: string; readonly public_url: string } }

export type Setting<T> = {
  readonly kind: Kind<T>
  readonly fallback: { readonly value: T } | Computed<T>
  readonly sentence: string
  /** Never shown; its environment variable has a twin that names a file to read it from. */
  readonly secret?: true
}

const setting = <T>(kind: Kind<T>, value: NoInfer<T>, sentence: string): Setting<T> => ({
  kind,
  fallback: { value },
  sentence,
})

const derived = <T>(kind: Kind<T>, fallback: Computed<NoInfer<T>>, sentence: string): Setting<T> => ({
  kind,
  fallback,
  sentence,
})

const secret = (kind: Kind<string>, sentence: string): Setting<string> => ({
  ...setting(kind, "", sentence),
  secret: true,
})

const schema = {
  server: {
    host: setting(
      text("a host name or an IP address without brackets", /^[\w.:%-]+$/),
      "127.0.0.1",
      "The address to listen on; 0.0.0.0 or :: for every address of this machine.",
    ),
    port: setting(count(0, 65_535), 8080, "The port to listen on; 0 takes any free one."),
    tls: setting(
      choice(["off", "files"]),
      "off",
      "Whether https and wss are spoken, with the certificate in two files; off is for a proxy that does so.",
    ),
    tls_cert: setting(
      text("the path of a file, or empty", /^[^\0\r\n]*$/),
      "",
      "The certificate, PEM, with its chain behind it; a renewed one is taken without a restart.",
    ),
    tls_key: setting(
      text("the path of a file, or empty", /^[^\0\r\n]*$/),
      "",
      "The certificate's private key, PEM; nobody else should be able to read it.",
    ),
    public_url: derived(
      webAddress,
      {
        says: "http://localhost:<port>, or https with tls",
        from: ({ server }) => `${server.tls === "off" ? "http" : "https"}://localhost:${server.port}`,
      },
      "The address under which wallets reach this mediator; it becomes part of the mediator's DIDs.",
    ),
    data_dir: setting(
      text("the path of a folder", /^[^\0\r\n]+$/),
      "restante-data",
      "The folder that holds the identity and the database; created with access for its owner only.",
    ),
    max_body: setting(size(KiB), MiB, "The largest request or WebSocket frame that is read."),
    max_connections: setting(count(1, 1_000_000), 10_000, "How many connections may be open at the same time."),
    trusted_proxies: setting(
      networks,
      [],
      "The proxies in front of the mediator, whose word on a client's address (X-Forwarded-For) is taken.",
    ),
  },
  identity: {
    methods: setting(
      choices(["peer2", "web"]),
      ["peer2", "web"],
      "The DID methods under which the mediator answers; did:web needs a public URL with https, or on localhost.",
    ),
  },
  admission: {
    mode: derived(
      choice(["open", "approval", "invite", "closed"]),
      {
        says: "open when the public URL is on this machine, else approval",
        from: ({ server }) => (isLoopback(server.public_url) ? "open" : "approval"),
      },
      "Who gets a mailbox: anyone who asks, whom the operator approves, who holds an invite, or nobody new.",
    ),
    allow: setting(
      didPatterns,
      [],
      "Who gets a mailbox whatever the mode: DIDs, methods such as did:web, patterns with *.",
    ),
    deny: setting(
      didPatterns,
      [],
      "Who never gets one, before anything else is looked at; whoever has one already keeps it.",
    ),
    max_pending: setting(count(1), 1000, "Newcomers that may wait for the operator; more are told to come back later."),
    pending_ttl: setting(duration(SECOND), 30 * DAY, "How long a newcomer may wait before its request is forgotten."),
  },
  mailbox: {
    max_messages: setting(count(1), 1000, "Messages one mailbox may hold."),
    max_bytes: setting(size(KiB), 64 * MiB, "Bytes one mailbox may hold."),
    max_message_bytes: setting(
      size(KiB),
      512 * KiB,
      "The largest message a mailbox takes; its envelope is up to 1.8 times as large, and server.max_body must let it in.",
    ),
    ttl: setting(duration(SECOND), 7 * DAY, "How long a message waits to be picked up before it is deleted."),
    sender_share: setting(
      count(1, 100),
      50,
      "Percent of a mailbox that messages of one proven sender may take; anonymous ones cannot be told apart.",
    ),
    delivered_ttl: setting(
      duration(0),
      0,
      "How long a message is kept that was handed to its owner and never acknowledged; 0 is as long as any other.",
    ),
    idle_account_ttl: setting(
      duration(0),
      0,
      "After how long without a word from its owner a mailbox is erased, with two weeks' warning; 0 is never.",
    ),
    max_addresses: setting(count(1), 100, "Addresses (DIDs) one mailbox may be reached under."),
  },
  didcomm: {
    report_unknown_recipients: setting(
      yesOrNo,
      true,
      "Tell the sender of a forward that nobody here has that address; false drops it in silence.",
    ),
    outbound: setting(
      choice(["public", "any", "off"]),
      "public",
      "Where replies may be sent that cannot return on their own connection: public addresses, any address, nowhere.",
    ),
    routing_did: setting(
      choice(["string", "array"]),
      "string",
      "How a coordinate-mediation 2.0 grant writes routing_did; wallets in use expect a string.",
    ),
    live_backlog: setting(
      choice(["after-grace", "never"]),
      "after-grace",
      "Whether live delivery also hands over what was waiting, to a wallet that does not ask for it by itself.",
    ),
  },
  decentrl: {
    enabled: setting(yesOrNo, true, "Whether Decentrl is spoken at /decentrl and /public."),
    sender_methods: setting(
      choices(["decentrl", "web"]),
      ["decentrl"],
      "The DID methods of those who sign; did:web makes the mediator fetch documents from other hosts.",
    ),
    max_payload: setting(size(KiB), 256 * KiB, "The largest payload of one event or contract request."),
    max_events: setting(count(1, 1_000), 100, "Events that one command may save."),
    max_tags: setting(count(1, 1_000), 32, "Tags that one event may have."),
    max_tag_length: setting(count(1, 10_000), 512, "Characters one tag may have."),
    max_contract_requests: setting(count(1), 100, "Contract requests that may wait for one identity."),
    contract_requests_per_hour: setting(
      count(1),
      5,
      "Contract requests one sender may send to one recipient in an hour.",
    ),
  },
  limits: {
    per_address: setting(
      count(0, 1_000_000),
      50,
      "Requests and WebSocket frames a second from one client address, or one IPv6 /64; 0 is no limit.",
    ),
    forwards_per_address: setting(
      count(0, 1_000_000),
      25,
      "Forwards and other messages without a proven sender that one address may send in a second; 0 is no limit.",
    ),
    per_did: setting(
      count(0, 1_000_000),
      25,
      "Requests a second from one DID; calls for mail count apart, and are delayed instead of refused. 0 is no limit.",
    ),
    burst: setting(
      duration(SECOND, MINUTE),
      10 * SECOND,
      "How much of these limits may be saved up in a silence and then be used at once; also the longest that anybody is made to wait.",
    ),
    connections_per_address: setting(
      count(0, 1_000_000),
      256,
      "Requests under way and WebSockets of one client address, or one IPv6 /64; 0 is no limit.",
    ),
  },
  storage: {
    url: setting(
      text('an address such as "sqlite:restante.db"', /^sqlite:[^\0\r\n]+$/),
      "sqlite:restante.db",
      "The database; a relative path is looked up in the data folder.",
    ),
    max_bytes: setting(
      size(0),
      0,
      "Bytes of the database from which on no mailbox takes more, while fetching and deleting go on; 0 is no bound.",
    ),
    ballast: setting(
      size(0),
      64 * MiB,
      "A file that only takes up room, at most a twentieth of the disk: given up when the disk is full, so that deleting can go on.",
    ),
  },
  backup: {
    schedule: setting(
      schedule,
      "03:15",
      "When a backup is made: every day at a time as this machine reckons, every so often, or off.",
    ),
    keep: setting(count(1, 1_000), 7, "How many verified backups are kept; the oldest goes when a new one was verified."),
    dir: setting(
      text("the path of a folder", /^[^\0\r\n]+$/),
      "backups",
      "The folder of backups, for those of one mediator; a relative path is looked up in the data folder.",
    ),
    passphrase: secret(
      text("empty, or a passphrase of 12 to 1024 characters on one line", /^(.{12,1024})?$/u),
      "What backups are sealed with; empty leaves them readable for whoever has the file. Keep it elsewhere, too.",
    ),
  },
  admin: {
    listen: setting(
      listenAddress,
      "",
      "Where the admin API is served on an address of its own; empty is beside everything else.",
    ),
    password: secret(
      text("empty, or a password of 12 to 256 characters on one line", /^(.{12,256})?$/u),
      "The password of the first admin, whose name is admin; of no effect once there is one.",
    ),
    session_idle: setting(duration(MINUTE, DAY), 30 * MINUTE, "How long who signed in may do nothing."),
    session_absolute: setting(duration(MINUTE, 30 * DAY), 12 * HOUR, "How long who signed in may stay at most."),
  },
  metrics: {
    listen: setting(listenAddress, "", "Where /metrics is served on an address of its own; empty is nowhere."),
    token: secret(
      text("text without white space", /^\S*$/),
      "The bearer token that /metrics asks for; with one, /metrics is also served beside everything else.",
    ),
  },
  log: {
    level: setting(choice(["error", "warn", "info", "debug"]), "info", "The least serious events that are logged."),
    format: setting(choice(["text", "json"]), "text", "How a line of the log is written."),
  },
} as const

type Schema = typeof schema

/** The values of all settings: sizes in bytes, times in milliseconds, `public_url` without a slash at its end. */
export type Settings = {
  readonly [S in keyof Schema]: {
    readonly [K in keyof Schema[S]]: Schema[S][K] extends Setting<infer T> ? T : never
  }
}

/** A setting with all its names. */
export type Row = Setting<unknown> & {
  readonly section: string
  readonly key: string
  /** `mailbox.max_messages` */
  readonly path: string
  /** `RESTANTE_MAILBOX_MAX_MESSAGES` */
  readonly env: string
  /** `mailbox-max-messages`; settings of [server] go without the section. */
  readonly flag: string
}

/** The variable that names a file with a secret's value, or null for what is no secret. */
export const fileEnv = ({ env, secret }: Row): string | null => (secret ? `${env}_FILE` : null)

/** A value as it may be shown: secrets are not, only that there is one. */
export const shownText = ({ kind, secret }: Row, value: unknown): string =>
  secret && value !== "" ? "(secret)" : kind.toToml(value)

export const ENV_PREFIX = "RESTANTE_"

/** Every setting in the order of the schema, so that computed defaults find what they need. */
export const rows: readonly Row[] = Object.entries(schema).flatMap(([section, keys]) =>
  Object.entries<Setting<unknown>>(keys).map(([key, row]) => ({
    ...row,
    section,
    key,
    path: `${section}.${key}`,
    env: `${ENV_PREFIX}${section}_${key}`.toUpperCase(),
    flag: (section === "server" ? key : `${section}-${key}`).replaceAll("_", "-"),
  })),
)

export const sections: readonly string[] = Object.keys(schema)

/** What the documentation says the default is: TOML, or a sentence when it is computed. */
export const defaultText = ({ kind, fallback }: Setting<unknown>): string =>
  "says" in fallback ? fallback.says : kind.toToml(fallback.value)

/** Whether a public URL leads to this machine only, so that no stranger can follow it. */
export function isLoopback(publicUrl: string): boolean {
  const { hostname } = new URL(publicUrl)
  return hostname === "[::1]" || /^(127\.\d+\.\d+\.\d+|(.+\.)?localhost)$/.test(hostname)
}
