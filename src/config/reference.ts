/** What the schema says, for people: a commented restante.toml, and docs/config.md. */

import { isLive } from "./live.ts"
import { defaultText, ENV_PREFIX, type Row, rows, type Settings, sections } from "./schema.ts"

const titles: Readonly<Record<keyof Settings, string>> = {
  server: "Where the mediator listens and how it is reached",
  identity: "The mediator's own DIDs",
  admission: "Who gets a mailbox",
  mailbox: "What one mailbox may hold",
  didcomm: "DIDComm v2",
  decentrl: "Decentrl",
  limits: "How much one client may ask for",
  notify: "Telling owners that mail waits; [notifications.md](notifications.md) says more",
  storage: "The database",
  backup: "Copies of the database and the identity; [backup.md](backup.md) says more",
  admin: "The operator's API, and who signs in to it",
  metrics: "Figures for Prometheus",
  log: "The log, on standard error",
}

/** A restante.toml with every setting: those of `given` (values by path) set, the others commented out. */
export function sampleFile(given: ReadonlyMap<string, unknown>): string {
  const groups = sections.map((section) => {
    const lines = rowsOf(section).flatMap((row) => ["", ...sampleLines(row, given)])
    return [`# ${titleOf(section)}.`, `[${section}]`, ...lines.slice(1)].join("\n")
  })
  return `${[head, ...groups].join("\n\n")}\n`
}

const head = `# The configuration of restante. Each line that is commented out shows its default.
# Precedence: default < this file < the admin pages < environment (${ENV_PREFIX}SECTION_KEY) < flag.
# "restante config explain KEY" says more about a setting, "restante config check" reads this file.`

function sampleLines(row: Row, given: ReadonlyMap<string, unknown>): string[] {
  const { key, path, kind, sentence, fallback } = row
  if (given.has(path)) return [`# ${sentence}`, `${key} = ${kind.toToml(given.get(path))}`]
  if ("value" in fallback) return [`# ${sentence}`, `# ${key} = ${kind.toToml(fallback.value)}`]
  return [`# ${sentence}`, `# Default: ${fallback.says}.`, `# ${key} = ${kind.toToml(fallback.from(example))}`]
}

// What computed defaults are shown for: a server with nothing configured.
const example = { server: { port: 8080, tls: "off", public_url: "http://localhost:8080" } }

/** docs/config.md. */
export function configPage(): string {
  const groups = sections.map((section) =>
    [`## [${section}]`, "", `${titleOf(section)}.`, "", ...tableHead, ...rowsOf(section).map(tableLine)].join("\n"),
  )
  return `${[intro, ...groups].join("\n\n")}\n`
}

const titleOf = (section: string): string => titles[section as keyof Settings]
const rowsOf = (section: string): readonly Row[] => rows.filter((row) => row.section === section)

const tableHead = ["| setting | default | what it does | environment | flag |", "|---|---|---|---|---|"]

function tableLine(row: Row): string {
  const shown = "value" in row.fallback ? `\`${defaultText(row)}\`` : defaultText(row).replace("<port>", "‹port›")
  const what = `${row.sentence} Must be ${row.kind.expects}.${row.secret ? " A secret." : ""}${isLive(row) ? " *Live.*" : ""}`
  return `| \`${row.key}\` | ${shown} | ${what} | \`${row.env}\` | \`--${row.flag}\` |`
}

const intro = `# Configuration

restante runs without any configuration. What you want to change goes into a TOML file, an environment variable or a flag;
each setting can be given in all three ways, and the later one wins: default < file < admin pages < environment < flag.

- **File**: the one that \`--config FILE\` names, else \`restante.toml\` in the current folder if there is one.
  \`restante init\` writes one in which every setting is explained.
- **Admin pages**: what was chosen there is kept in \`settings.toml\` in the data folder, in the same form as the file. It may be
  edited or deleted like the file. What the environment or a flag says cannot be changed there, nor can secrets.
- **Environment**: \`${ENV_PREFIX}SECTION_KEY\`, such as \`${ENV_PREFIX}MAILBOX_MAX_MESSAGES=200\`. An empty variable counts as not set.
- **Flag**: \`--section-key\`, such as \`--mailbox-max-messages 200\`; settings of \`[server]\` go without the section: \`--port 80\`.

A setting that is a secret can also be read from a file, whose name is given by its variable with \`_FILE\` at the end
(\`${ENV_PREFIX}METRICS_TOKEN_FILE=/run/secrets/token\`); white space at the file's end does not count. Prefer that to a flag, which
everybody on the machine can see. Secrets are never printed.

Sizes are bytes (\`1048576\`) or text with a unit (\`"64 KiB"\`, \`"1 MiB"\`, \`"1 GiB"\`). Times are text with a unit: \`"30s"\`,
\`"10m"\`, \`"12h"\`, \`"7d"\`. In an environment variable or a flag there are no quotes, and a list is separated by commas:
\`--identity-methods peer2,web\`. A setting that is true or false can be given as \`--name\` or \`--no-name\`.

An unknown setting or a value that cannot be used stops the start (exit code 78), with its line and what was probably meant.
\`restante config check\` reads everything without starting, \`restante config show\` prints each value and where it comes from,
\`restante config explain mailbox.ttl\` says all there is to say about one setting, and \`restante config schema\` prints a JSON
Schema of the file for editors that check while one types.

What is marked *live* takes effect while the mediator runs: at once when it is changed in the admin pages, and on \`SIGHUP\`, which
makes it read everything again. The rest waits for the next start. A file that cannot be used then
changes nothing; the log says what is wrong with it, and in which line.

<!-- Generated from src/config/sections; to write it again: bun test/config/write-reference.ts -->`
