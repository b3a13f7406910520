import { LinkButton } from "./button.tsx"

type ExportProps = { path: string; children?: string; name?: string }

/** Downloads what a list shows; `path` is below /admin/api, with its query; `name`, where the API does not give one. */
export const ExportLink = ({ path, children = "Export", name = "" }: ExportProps) => (
  <LinkButton href={`api${path}`} icon="down" tone="quiet" download={name}>
    {children}
  </LinkButton>
)
