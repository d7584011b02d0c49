/** What was written on any screen and not sent, as its person would tell it: words and photos. Pure. */

/** Fields of drafts that hold a person's own words. */
const WORDS: ReadonlySet<string> = new Set(['note', 'words', 'text', 'placeNote', 'place_note', 'speaker'])
const DIGEST = /^[0-9a-f]{64}$/

/** Each word and each photo once, in the order in which the draft has them. */
export function begunIn(content: unknown): { words: string[]; photos: string[] } {
  const words = new Set<string>()
  const photos = new Set<string>()
  const look = (value: unknown, field: string) => {
    if (typeof value === 'string') {
      if (DIGEST.test(value)) photos.add(value)
      else if (WORDS.has(field) && value.trim()) words.add(value.trim())
    } else if (Array.isArray(value)) value.forEach((one) => look(one, field))
    // A chosen kind is told by its name; what the standard asks about it are nobody's words.
    else if (field === 'category') look((value as { name?: unknown } | null)?.name, 'words')
    else if (value !== null && typeof value === 'object')
      for (const [name, one] of Object.entries(value)) look(one, name)
  }
  look(content, '')
  return { words: [...words], photos: [...photos] }
}
