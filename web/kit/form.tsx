import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import type { ApiError } from "../api/client.ts"
import { asApiError } from "../api/resource.ts"

/** One thing that is done over the API: whether it is under way, and what was refused. */
export function useAction() {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<ApiError | null>(null)
  /** Resolves with whether it worked. Whoever does not give the password has not failed. */
  async function run(work: () => Promise<unknown>): Promise<boolean> {
    setBusy(true)
    setError(null)
    try {
      await work()
      return true
    } catch (thrown) {
      const refused = asApiError(thrown)
      if (refused.code !== "cancelled") setError(refused)
      return false
    } finally {
      setBusy(false)
    }
  }
  /** What is wrong with one member of the request. */
  const errorOf = (member: string): string | null => (error?.member === member ? sentenceOf(error) : null)
  /** What is wrong, where no field of these says so. */
  const errorBeside = (...members: readonly string[]): string | null =>
    error && !members.includes(error.member ?? "") ? error.message : null
  return { isBusy, error, run, errorOf, errorBeside }
}

/** `uses: It must be…` stands beside its field already. */
const sentenceOf = ({ message, member }: ApiError) => message.replace(`${member}: `, "")

type FormProps = { children: ComponentChildren; onSubmit: () => void; label?: string }

export const Form = ({ children, onSubmit, label }: FormProps) => (
  <form
    class="form"
    aria-label={label}
    onSubmit={(event) => {
      event.preventDefault()
      onSubmit()
    }}
  >
    {children}
  </form>
)

/** What is wrong with the whole of a form. */
export const FormError = ({ children }: { children: ComponentChildren }) =>
  children ? (
    <p class="notice danger" role="alert">
      {children}
    </p>
  ) : null
