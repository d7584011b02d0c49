/** Server-sent events, read from the text of an answer that never ends. */

export interface StreamEvent {
  kind: string
  data: string
  /** Of the last event that had one: from there a broken stream goes on. */
  id: string | null
}

/** Takes the text in pieces as they come, cut anywhere, and hands out whole events. */
export function eventReader(hear: (event: StreamEvent) => void): (piece: string) => void {
  let rest = ''
  let kind = ''
  let data: string[] = []
  let id: string | null = null
  const line = (text: string) => {
    if (text === '') {
      if (data.length) hear({ kind: kind || 'message', data: data.join('\n'), id })
      kind = ''
      data = []
      return
    }
    const colon = text.indexOf(':')
    if (colon === 0) return
    const name = colon < 0 ? text : text.slice(0, colon)
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '')
    if (name === 'event') kind = value
    else if (name === 'data') data.push(value)
    else if (name === 'id') id = value
  }
  return (piece) => {
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop()!
    lines.forEach(line)
  }
}
