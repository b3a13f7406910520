import type { ComponentChildren } from "preact"
import { useEffect, useId, useRef, useState } from "preact/hooks"
import { Icon } from "../icons/icon.tsx"
import { filter, query } from "../router.ts"
import type { Option } from "./field.tsx"

const SETTLE_MS = 250

/** A bar above a list. What is chosen here stands in the URL. */
export const Filters = ({ children }: { children: ComponentChildren }) => <search class="filters">{children}</search>

/** Finds by text, as one types; "/" brings one here. */
export function SearchFilter({ name = "text", label }: { name?: string; label: string }) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const given = query.value[name] ?? ""
  const [text, setText] = useState(given)
  useEffect(() => setText(given), [given])
  useEffect(() => {
    const timer = setTimeout(() => {
      if (text !== (query.value[name] ?? "")) filter({ [name]: text })
    }, SETTLE_MS)
    return () => clearTimeout(timer)
  }, [text, name])
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || isTyping(event.target)) return
      event.preventDefault()
      input.current?.focus()
    }
    addEventListener("keydown", focus)
    return () => removeEventListener("keydown", focus)
  }, [])
  return (
    <div class="search">
      <label class="visually-hidden" for={id}>
        {label}
      </label>
      <Icon name="search" />
      <input
        ref={input}
        id={id}
        type="search"
        placeholder={label}
        value={text}
        autocomplete="off"
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </div>
  )
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.closest("input, textarea, select, dialog") !== null

type ChoiceProps = { name: string; label: string; options: readonly Option<string>[] }

/** One of several; the first option's value is "" and stands for what is shown without a filter. */
export function ChoiceFilter({ name, label, options }: ChoiceProps) {
  const id = useId()
  return (
    <div class="choice">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={query.value[name] ?? ""}
        onChange={(event) => filter({ [name]: event.currentTarget.value })}
      >
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </div>
  )
}
