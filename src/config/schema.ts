/** Every setting once. The TOML key, environment name, flag, help line and documentation are computed from its path. */

import {
  choice,
  choices,
  count,
  DAY,
  duration,
  KiB,
  type Kind,
  MiB,
  SECOND,
  size,
  text,
  webAddress,
  yesOrNo,
} from "./kinds.ts"

/** A default that follows from settings above it in the schema. */
type Computed<T> = { readonly says: string; readonly from: (known: Known) => T }
type Known = { readonly server: { readonly port: number; readonly public_url: string } }

export type Setting<T> = {
  readonly kind: Kind<T>
  readonly fallback: { readonly value: T } | Computed<T>
  readonly sentence: string
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

const schema = {
  server: {
    host: setting(
      text("a host name or an IP address without brackets", /^[\w.:%-]+$/),
      "127.0.0.1",
      "The address to listen on; 0.0.0.0 or :: for every address of this machine.",
    ),
    port: setting(count(0, 65_535), 8080, "The port to listen on; 0 takes any free one."),
    public_url: derived(
      webAddress,
      { says: "http://localhost:<port>", from: ({ server }) => `http://localhost:${server.port}` },
      "The address under which wallets reach this mediator; it becomes part of the mediator's DIDs.",
    ),
    data_dir: setting(
      text("the path of a folder", /^[^\0\r\n]+$/),
      "restante-data",
      "The folder that holds the identity and the database; created with access for its owner only.",
    ),
    max_body: setting(size(KiB), MiB, "The largest request or WebSocket frame that is read."),
    max_connections: setting(count(1, 1_000_000), 10_000, "How many connections may be open at the same time."),
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
  },
  mailbox: {
    max_messages: setting(count(1), 1000, "Messages one mailbox may hold."),
    max_bytes: setting(size(KiB), 64 * MiB, "Bytes one mailbox may hold."),
    max_message_bytes: setting(size(KiB), MiB, "The largest message a mailbox takes."),
    ttl: setting(duration(SECOND), 7 * DAY, "How long a message waits to be picked up before it is deleted."),
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
  storage: {
    url: setting(
      text('an address such as "sqlite:restante.db"', /^sqlite:[^\0\r\n]+$/),
      "sqlite:restante.db",
      "The database; a relative path is looked up in the data folder.",
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
