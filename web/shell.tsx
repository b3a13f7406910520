import { useEffect, useState } from "preact/hooks"
import { call } from "./api/client.ts"
import { isLive, status } from "./api/feed.ts"
import { me } from "./api/session.ts"
import { Wordmark } from "./icons/emblem.tsx"
import { Icon } from "./icons/icon.tsx"
import { Pill } from "./kit/badge.tsx"
import { IconButton, LinkButton } from "./kit/button.tsx"
import { Questions } from "./kit/confirm.tsx"
import { Dialog } from "./kit/dialog.tsx"
import { counted } from "./kit/format.ts"
import { Lazy } from "./kit/lazy.tsx"
import { PageFrame } from "./kit/page.tsx"
import { PasswordAgain } from "./kit/password-again.tsx"
import { Empty } from "./kit/states.tsx"
import { Toasts, toast } from "./kit/toast.tsx"
import { path, to } from "./router.ts"
import { type Route, routes, welcome } from "./routes.ts"

const inBar = routes.flatMap((route) => (route.short ? [{ ...route, title: route.short }] : []))

/** Everything around a screen: the rail or the bar, what floats above, and the screen itself. */
export function Shell() {
  const here = path.value[0] ?? ""
  const [isMore, setMore] = useState(false)
  useEffect(() => setMore(false), [path.value])
  const route = [...routes, welcome].find((one) => one.path === here)
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => document.querySelector<HTMLElement>("main")?.focus()}>
        Skip to the page
      </button>
      <aside class="rail">
        <a class="home" href={to([])} aria-label="restante, home">
          <Wordmark />
        </a>
        <nav aria-label="Screens">
          <Links of={routes} here={here} />
        </nav>
        <Account />
      </aside>
      <main tabIndex={-1}>
        {!isLive.value && (
          <p class="offline" role="status">
            <Icon name="plug" />
            The mediator does not answer. What you see may be old; it is tried again by itself.
          </p>
        )}
        {route ? <Lazy key={route.path} load={route.load} /> : <Nowhere />}
      </main>
      <nav class="bar" aria-label="Main screens">
        <Links of={inBar} here={here} />
        <button type="button" aria-expanded={isMore} aria-haspopup="dialog" onClick={() => setMore(true)}>
          <Icon name="more" />
          <span>More</span>
        </button>
      </nav>
      {isMore && (
        <Dialog title="restante" isSheet onClose={() => setMore(false)}>
          <nav aria-label="All screens" class="sheet-links">
            <Links of={routes} here={here} />
          </nav>
          <Account />
        </Dialog>
      )}
      <Questions />
      <PasswordAgain />
      <Toasts />
    </div>
  )
}

const Links = ({ of, here }: { of: readonly Route[]; here: string }) => (
  <ul>
    {of.map(({ path, title, icon, isApart }) => (
      <li key={path} class={isApart ? "apart" : ""}>
        <a href={to([path])} aria-current={path === here ? "page" : undefined}>
          <Icon name={icon} />
          <span>{title}</span>
          {path === "registrations" && <Waiting />}
        </a>
      </li>
    ))}
  </ul>
)

/** How many ask for a mailbox. */
function Waiting() {
  const pending = status.value?.registrations.pending ?? 0
  if (pending === 0) return null
  return (
    <em class="count">
      {pending}
      <span class="visually-hidden"> waiting</span>
    </em>
  )
}

function Account() {
  async function signOut() {
    try {
      await call("DELETE", "/session")
      location.reload()
    } catch {
      toast("You could not be signed out. Try again.", "danger")
    }
  }
  return (
    <div class="account">
      <Health />
      <div>
        <a href={to(["admins"])}>{me()?.admin}</a>
        <IconButton icon="out" label="Sign out" onClick={signOut} />
      </div>
    </div>
  )
}

/** The mediator in one line. */
function Health() {
  const now = status.value
  if (!isLive.value || !now) return <Pill level="unknown">{isLive.value ? "Connecting" : "No connection"}</Pill>
  if (now.health.level !== "ok") return <Pill level={now.health.level}>{now.health.reason}</Pill>
  return <Pill level="ok">Running · {counted(now.sockets, "connection")}</Pill>
}

const Nowhere = () => (
  <PageFrame title="There is no such page">
    <Empty title="Return to sender" postmark="ADDRESS UNKNOWN">
      <LinkButton href={to([])}>Go home</LinkButton>
    </Empty>
  </PageFrame>
)
