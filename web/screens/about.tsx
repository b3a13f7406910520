import { useEffect, useState } from "preact/hooks"
import { useResource } from "../api/resource.ts"
import type { About as Facts } from "../api/types.ts"
import { Pill } from "../kit/badge.tsx"
import { Button } from "../kit/button.tsx"
import { counted } from "../kit/format.ts"
import { Card, Fact, Facts as List, PageFrame } from "../kit/page.tsx"
import { Loaded } from "../kit/states.tsx"
import { Table } from "../kit/table.tsx"

/** Which restante this is, and whose work is in it. */
export function About() {
  const about = useResource<Facts>("/about")
  return (
    <PageFrame title="About" lead="A mailbox in the post office for messages that only their owners can read.">
      <Loaded of={about} lines={8}>
        {(found) => (
          <div class="stack">
            <div class="halves">
              <Versions of={found} />
              <Pages version={found.version} />
            </div>
            <Licences of={found.licences} />
          </div>
        )}
      </Loaded>
    </PageFrame>
  )
}

const Versions = ({ of: { version, commit, bun, sqlite, os } }: { of: Facts }) => (
  <Card title={`restante ${version}`}>
    <List>
      <Fact label="Commit">{commit === null ? "none: it runs from source" : <code>{commit}</code>}</Fact>
      <Fact label="Runtime">Bun {bun}</Fact>
      <Fact label="Database">SQLite {sqlite}</Fact>
      <Fact label="System">{os}</Fact>
    </List>
  </Card>
)

const scriptOf = (page: string) => /assets\/(main-[\w-]+)\.js/.exec(page)?.[1] ?? null

/** Whether these pages are those that the mediator would give out now. */
function Pages({ version }: { version: string }) {
  const mine = scriptOf(document.head.innerHTML)
  const [theirs, setTheirs] = useState<string | null>(null)
  useEffect(() => {
    fetch("./")
      .then((answer) => answer.text())
      .then((page) => setTheirs(scriptOf(page)))
      .catch(() => setTheirs(null))
  }, [version])
  return (
    <Card title="These pages" lead="They ask nobody but this mediator for anything.">
      <div class="stack">
        {theirs === null ? (
          <Pill level="unknown">Build {mine}</Pill>
        ) : theirs === mine ? (
          <Pill level="ok">Build {mine}, the same that the mediator has</Pill>
        ) : (
          <>
            <Pill level="warn">The mediator was updated since this page was opened.</Pill>
            <Button icon="refresh" onClick={() => location.reload()}>
              Reload
            </Button>
          </>
        )}
        <p>
          <a href="api/openapi.json">The API</a>, made of what checks the requests. The pages for operators are in the
          folder <code>docs</code> of the source, and <code>restante --help</code> has the commands.
        </p>
      </div>
    </Card>
  )
}

const Licences = ({ of }: { of: Facts["licences"] }) => (
  <Card title="Whose work is in it" lead={`${counted(of.length, "package")}, with thanks.`}>
    <Table
      caption="Licences"
      columns={[
        { title: "Package", isHeading: true, cell: ({ name }) => <b>{name}</b> },
        { title: "Version", cell: ({ version }) => version },
        { title: "Licence", cell: ({ licence }) => licence },
      ]}
      rows={of}
      keyOf={({ name }) => name}
    />
  </Card>
)
