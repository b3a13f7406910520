import { useSettings } from "../../api/settings.ts"
import type { Setting } from "../../api/types.ts"
import { ChoiceFilter, Filters, SearchFilter } from "../../kit/filters.tsx"
import { counted } from "../../kit/format.ts"
import { Card, Notice, PageFrame } from "../../kit/page.tsx"
import { Empty, Loaded } from "../../kit/states.tsx"
import { query, to } from "../../router.ts"
import { Row } from "./row.tsx"
import { SaveBar, useSaving } from "./saving.tsx"

const sections: Readonly<Record<string, string>> = {
  server: "Server",
  identity: "Identity",
  admission: "Admission",
  mailbox: "Mailboxes",
  didcomm: "DIDComm",
  decentrl: "Decentrl",
  limits: "Limits",
  notify: "Notices",
  storage: "Storage",
  backup: "Backups",
  admin: "Admin pages",
  metrics: "Metrics",
  log: "Log",
}
const shown = [
  { value: "", label: "All" },
  { value: "set", label: "Not the default" },
  { value: "chosen", label: "Chosen here" },
  { value: "restart", label: "Waiting for a restart" },
] as const

const sectionOf = ({ key }: Setting): string => key.split(".", 1)[0] ?? ""
const nameOf = (section: string): string => sections[section] ?? section

function fits(one: Setting): boolean {
  const { text = "", section = "", show = "" } = query.value
  if (section !== "" && sectionOf(one) !== section) return false
  if (show === "set" && one.origin === "default") return false
  if (show === "chosen" && one.chosen === null) return false
  if (show === "restart" && one.next === null) return false
  const words = `${one.key} ${one.sentence} ${one.value}`.toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => words.includes(word))
}

/** Every setting there is, changed from here where that can be. */
export function Settings() {
  const list = useSettings()
  const saving = useSaving(list.value)
  const known = [...new Set(list.value?.settings.map(sectionOf))]
  const options = [{ value: "", label: "All" }, ...known.map((value) => ({ value, label: nameOf(value) }))]
  return (
    <PageFrame title="Settings" lead="Choices made here outweigh the file; environment and flags outweigh them.">
      <Filters>
        <SearchFilter label="Find a setting" />
        <ChoiceFilter name="section" label="Section" options={options} />
        <ChoiceFilter name="show" label="Show" options={shown} />
      </Filters>
      <Loaded of={list} lines={10}>
        {({ settings }) => (
          <div class="stack">
            <Waiting of={settings.filter(({ next }) => next !== null).length} />
            {known
              .map((section) => ({ section, rows: settings.filter((one) => sectionOf(one) === section && fits(one)) }))
              .filter(({ rows }) => rows.length > 0)
              .map(({ section, rows }) => (
                <Card key={section} title={nameOf(section)}>
                  <ul class="settings">
                    {rows.map((one) => (
                      <Row key={one.key} of={one} error={saving.errorOf(one.key)} />
                    ))}
                  </ul>
                </Card>
              ))}
            {!settings.some(fits) && (
              <Empty title="No setting fits" postmark="ADDRESS UNKNOWN">
                <p>
                  <a href={to(["settings"])}>Show all</a>
                </p>
              </Empty>
            )}
            <SaveBar saving={saving} all={settings} />
          </div>
        )}
      </Loaded>
    </PageFrame>
  )
}

const Waiting = ({ of }: { of: number }) =>
  of > 0 ? (
    <Notice tone="warn">
      <p>
        {counted(of, "setting")} will count after the next start: <code>systemctl restart restante</code>, or however
        you run it. <a href={to(["settings"], { show: "restart" })}>Show them</a>
      </p>
    </Notice>
  ) : null
