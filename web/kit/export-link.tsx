import { LinkButton } from "./button.tsx"

/** Downloads what a list shows; `path` is below /admin/api, with its query. */
export const ExportLink = ({ path, children = "Export" }: { path: string; children?: string }) => (
  <LinkButton href={`api${path}`} icon="down" tone="quiet" download>
    {children}
  </LinkButton>
)
