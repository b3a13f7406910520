/** Every setting. The TOML key, environment name, flag, help line and documentation are computed from section and key. */

import { admin } from "./sections/admin.ts"
import { admission } from "./sections/admission.ts"
import { backup } from "./sections/backup.ts"
import { decentrl } from "./sections/decentrl.ts"
import { didcomm } from "./sections/didcomm.ts"
import { identity } from "./sections/identity.ts"
import { limits } from "./sections/limits.ts"
import { log } from "./sections/log.ts"
import { mailbox } from "./sections/mailbox.ts"
import { metrics } from "./sections/metrics.ts"
import { notify } from "./sections/notify.ts"
import { server } from "./sections/server.ts"
import { storage } from "./sections/storage.ts"
import type { Setting } from "./setting.ts"

const schema = {
  server,
  identity,
  admission,
  mailbox,
  didcomm,
  decentrl,
  limits,
  notify,
  storage,
  backup,
  admin,
  metrics,
  log,
}

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
