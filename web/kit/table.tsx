import type { ComponentChildren } from "preact"
import type { Selection } from "./selection.tsx"

export type Column<T> = {
  readonly title: string
  readonly cell: (row: T) => ComponentChildren
  /** Figures stand to the right. */
  readonly isNumber?: boolean
  /** The first line of a card, without its title. */
  readonly isHeading?: boolean
}

type TableProps<T> = {
  caption: string
  columns: readonly Column<T>[]
  rows: readonly T[]
  keyOf: (row: T) => string
  /** What a row is called where it is selected. */
  nameOf?: (row: T) => string
  selection?: Selection
  /** Buttons at the end of each row. */
  actions?: (row: T) => ComponentChildren
}

/** A table that becomes a card for each row where there is no room for columns. */
export function Table<T>({ caption, columns, rows, keyOf, nameOf = keyOf, selection, actions }: TableProps<T>) {
  const keys = rows.map(keyOf)
  return (
    <div class="table">
      <table>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {selection && (
              <th scope="col" class="select">
                <Tick
                  label="Select all on this page"
                  isOn={keys.length > 0 && keys.every(selection.has)}
                  onChange={(isOn) => selection.set(keys, isOn)}
                />
              </th>
            )}
            {columns.map(({ title, isNumber }) => (
              <th scope="col" key={title} class={isNumber ? "number" : ""}>
                {title}
              </th>
            ))}
            {actions && (
              <th scope="col">
                <span class="visually-hidden">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const key = keyOf(row)
            const isOn = selection?.has(key) ?? false
            return (
              <tr key={key} class={isOn ? "selected" : ""}>
                {selection && (
                  <td class="select">
                    <Tick label={`Select ${nameOf(row)}`} isOn={isOn} onChange={(on) => selection.set([key], on)} />
                  </td>
                )}
                {columns.map(({ title, cell, isNumber, isHeading }) => (
                  <td
                    key={title}
                    data-title={title}
                    class={`${isNumber ? "number" : ""} ${isHeading ? "heading" : ""}`}
                  >
                    {cell(row)}
                  </td>
                ))}
                {actions && <td class="row-actions">{actions(row)}</td>}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

const Tick = ({ label, isOn, onChange }: { label: string; isOn: boolean; onChange: (isOn: boolean) => void }) => (
  <label class="tick">
    <input
      type="checkbox"
      aria-label={label}
      checked={isOn}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  </label>
)
