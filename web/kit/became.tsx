type BecameProps = { name?: string; before: string; after: string }

/** What something was, and what it is. */
export const Became = ({ name = "", before, after }: BecameProps) => (
  <p class="became">
    {name && `${name} `}
    <span class="visually-hidden">from </span>
    <del>{before}</del>
    <span aria-hidden="true"> → </span>
    <span class="visually-hidden"> to </span>
    <ins>{after}</ins>
  </p>
)
