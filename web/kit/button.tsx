import type { ComponentChildren } from "preact"
import { Icon, type IconName } from "../icons/icon.tsx"

export type Tone = "main" | "plain" | "quiet" | "danger"

type ButtonProps = {
  children: ComponentChildren
  onClick?: () => void
  tone?: Tone
  icon?: IconName
  type?: "button" | "submit"
  /** Something is under way: it cannot be pressed, but keeps the focus. */
  isBusy?: boolean
  isDisabled?: boolean
  isSmall?: boolean
  /** For the button that a dialog opens on. */
  autoFocus?: boolean
}

export const Button = (props: ButtonProps) => {
  const { children, onClick, tone = "plain", icon, type = "button", isBusy = false, isSmall = false } = props
  return (
    <button
      type={type}
      class={`button ${tone} ${isSmall ? "small" : ""}`}
      aria-busy={isBusy}
      aria-disabled={isBusy}
      disabled={props.isDisabled ?? false}
      data-autofocus={props.autoFocus}
      onClick={(event) => {
        if (isBusy) event.preventDefault()
        else onClick?.()
      }}
    >
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  )
}

/** A button that is only a drawing; `label` says what it does. */
export const IconButton = ({ icon, label, onClick }: { icon: IconName; label: string; onClick: () => void }) => (
  <button type="button" class="icon-button" aria-label={label} title={label} onClick={onClick}>
    <Icon name={icon} />
  </button>
)

type LinkProps = { href: string; children: ComponentChildren; tone?: Tone; icon?: IconName; download?: string }

/** A link that looks like a button. */
export const LinkButton = ({ href, children, tone = "plain", icon, download }: LinkProps) => (
  <a class={`button ${tone}`} href={href} download={download}>
    {icon && <Icon name={icon} />}
    <span>{children}</span>
  </a>
)
