import type { ComponentChildren } from "preact"
import { useEffect, useRef } from "preact/hooks"
import { Icon } from "../icons/icon.tsx"

type PageProps = {
  title: string
  lead?: ComponentChildren
  actions?: ComponentChildren
  /** Where this page hangs: a link above its title. */
  up?: { readonly href: string; readonly label: string }
  children: ComponentChildren
}

/** Nobody has gone anywhere yet: the first Tab is for the way past the rail. */
let isFirst = true

/** A screen: its heading takes the focus when one comes here, so that readers of screens hear where they are. */
export function PageFrame({ title, lead, actions, up, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · restante`
  }, [title])
  useEffect(() => {
    const isMoving = !isFirst
    isFirst = false
    if (!isMoving) return
    if (document.activeElement === document.body || document.activeElement?.closest("nav")) heading.current?.focus()
  }, [])
  return (
    <div class="page">
      <header class="page-head">
        <div>
          {up && (
            <a class="up" href={up.href}>
              <Icon name="back" />
              {up.label}
            </a>
          )}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead && <p class="lead">{lead}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </div>
  )
}

type CardProps = { title?: string; lead?: ComponentChildren; actions?: ComponentChildren; children: ComponentChildren }

/** A part of a screen on a sheet of its own. */
export const Card = ({ title, lead, actions, children }: CardProps) => (
  <section class="card">
    {(title || actions) && (
      <header>
        <div>
          {title && <h2>{title}</h2>}
          {lead && <p class="lead">{lead}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
    )}
    {children}
  </section>
)

/** Figures in a row, large enough to be read from afar. */
export const Figures = ({ children }: { children: ComponentChildren }) => <dl class="figures">{children}</dl>
export const Figure = ({ label, children }: { label: string; children: ComponentChildren }) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
)

/** What is known about one thing, a line each. */
export const Facts = ({ children }: { children: ComponentChildren }) => <dl class="facts">{children}</dl>
export const Fact = ({ label, children }: { label: string; children: ComponentChildren }) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
)

type NoticeProps = { tone?: "info" | "warn" | "danger" | "good"; children: ComponentChildren }
export const Notice = ({ tone = "info", children }: NoticeProps) => <div class={`notice ${tone}`}>{children}</div>
