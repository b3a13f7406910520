/** Tags are kept twice: with their item, in the owner's order, and in an index to find items by. */

/** Each tag once. */
export const tagSet = (tags: readonly string[]): string[] => [...new Set(tags)]

/** UTF-8 bytes of the tags as they count in the quota. */
export const bytesOf = (tags: readonly string[]): number => tags.reduce((sum, tag) => sum + Buffer.byteLength(tag), 0)

/** Tags as the column of their item holds them, and back. */
export const writeTags = (tags: readonly string[]): string => JSON.stringify(tags)
export const readTags = (column: string): string[] => JSON.parse(column) as string[]
