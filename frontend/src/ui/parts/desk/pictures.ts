/** Pictures in what was pasted or dropped. */
export function picturesOf(given: DataTransfer | null): File[] {
  return [...(given?.files ?? [])].filter((file) => file.type.startsWith('image/'))
}
