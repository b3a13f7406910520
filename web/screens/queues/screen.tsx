import { ExportLink } from "../../kit/export-link.tsx"
import { PageFrame } from "../../kit/page.tsx"
import { chosen, path, to } from "../../router.ts"
import { ConnectionList } from "./connections.tsx"
import { QueueList } from "./queues.tsx"

const parts = [
  { place: [], label: "Queues" },
  { place: ["connections"], label: "Connections" },
] as const

/** What waits, and who is there to fetch it. */
export function Queues() {
  const here = path.value[1] ?? ""
  const list = here === "connections" ? here : "queues"
  const filters = list === "queues" ? chosen("text") : chosen("text", "did")
  return (
    <PageFrame
      title="Queues & connections"
      lead="What waits, and who is connected to fetch it."
      actions={<ExportLink path={`/${list}/export?${new URLSearchParams({ format: "csv", ...filters })}`} />}
    >
      <nav class="tabs" aria-label="Parts of this page">
        {parts.map(({ place, label }) => (
          <a key={label} href={to(["queues", ...place])} aria-current={here === (place[0] ?? "") ? "page" : undefined}>
            {label}
          </a>
        ))}
      </nav>
      {list === "queues" ? <QueueList /> : <ConnectionList />}
    </PageFrame>
  )
}
