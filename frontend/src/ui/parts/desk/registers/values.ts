/** A value of a register as it is read. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/

const two = (n: number) => String(n).padStart(2, '0')

/** Instants as offices write them, in the local time of this machine; everything else as it is. */
export function valueWords(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'string' || !INSTANT.test(value)) return String(value)
  const at = new Date(value)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`
}
