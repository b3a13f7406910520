import { path, query, to } from "../router.ts"
import { LinkButton } from "./button.tsx"
import { counted } from "./format.ts"

type PagerProps = { total?: number; next: string | number | null; noun: string; nouns?: string }

/** The way through a long list. Pages are in the URL: Back goes back, and a reload stays. */
export function Pager({ total, next, noun, nouns }: PagerProps) {
  const { after, ...filters } = query.value
  const isFirst = !after
  return (
    <nav class="pager" aria-label="Pages">
      <span class="soft">{total !== undefined && `${counted(total, noun, nouns)} in all`}</span>
      {!isFirst && <LinkButton href={to(path.value, filters)}>First page</LinkButton>}
      {next !== null && (
        <LinkButton href={to(path.value, { ...filters, after: String(next) })} icon="next">
          Next page
        </LinkButton>
      )}
    </nav>
  )
}
