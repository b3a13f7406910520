import type { ComponentChildren } from "preact"
import { useEffect, useId, useRef } from "preact/hooks"
import { IconButton } from "./button.tsx"

type DialogProps = {
  title: string
  children: ComponentChildren
  onClose: () => void
  /** From the edge of a narrow screen. */
  isSheet?: boolean
  /** It stays until its question is answered. */
  isStubborn?: boolean
}

/** Modal for as long as it is rendered; the focus goes back to where it was. */
export function Dialog({ title, children, onClose, isSheet = false, isStubborn = false }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = ref.current
    const before = document.activeElement
    dialog?.showModal()
    dialog?.querySelector<HTMLElement>("[data-autofocus=true]")?.focus()
    return () => {
      dialog?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={ref}
      class={isSheet ? "dialog sheet" : "dialog"}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        if (!isStubborn) onClose()
      }}
      // What is not in the dialog's box is its backdrop; keys have Escape for it.
      onPointerDown={(event) => {
        if (event.target === ref.current && !isStubborn) onClose()
      }}
    >
      <div class="dialog-box">
        <header>
          <h2 id={id}>{title}</h2>
          {!isStubborn && <IconButton icon="cross" label="Close" onClick={onClose} />}
        </header>
        {children}
      </div>
    </dialog>
  )
}
