/** A new urgent ticket is heard and stands in the tab's title. Browsers make no sound before somebody asked for it by a tap. */
import type { TicketBrief } from '../../../core/shapes'
import { isAlarming } from '../../../core/trays'
import { t } from '../../text/index.svelte'

const STORED = 'desk.sound'
const TONES_HZ = [880, 660, 880]
const TONE_S = 0.18

class Alarm {
  /** Urgent tickets that came while nobody looked at this page. */
  missed = $state(0)
  wanted = $state(localStorage.getItem(STORED) === 'on')
  #context: AudioContext | null = null
  #known = new Set<string>()
  #begun = false

  toggle() {
    this.wanted = !this.wanted
    localStorage.setItem(STORED, this.wanted ? 'on' : 'off')
    if (this.wanted) {
      this.wake()
      this.#sound()
    }
  }

  /** Called on a tap or a key, which is when a browser lets a page begin to make sound. */
  wake() {
    if (!this.wanted) return
    this.#context ??= new AudioContext()
    void this.#context.resume().catch(() => undefined)
  }

  /** Of a list as it stands; in the first there is nothing new. */
  read(tickets: readonly TicketBrief[]) {
    if (this.#begun) this.notice(tickets)
    else for (const ticket of tickets) this.#known.add(ticket.ticket_id)
    this.#begun = true
  }

  /** Of what has just changed. Each ticket calls once. */
  notice(tickets: readonly TicketBrief[]) {
    const now = Date.now()
    for (const ticket of tickets) {
      if (this.#known.has(ticket.ticket_id)) continue
      this.#known.add(ticket.ticket_id)
      if (isAlarming(ticket, now)) this.#call()
    }
  }

  #call() {
    if (document.visibilityState !== 'visible' || !document.hasFocus()) this.missed += 1
    if (this.wanted) this.#sound()
  }

  looked() {
    this.missed = 0
  }

  get title(): string {
    return this.missed ? `(${this.missed}) ${t('desk.urgent_title')}` : t('app.name')
  }

  #sound() {
    const context = this.#context
    if (context === null || context.state !== 'running') return
    TONES_HZ.forEach((hz, index) => {
      const tone = context.createOscillator()
      const loud = context.createGain()
      const at = context.currentTime + index * TONE_S
      tone.frequency.value = hz
      loud.gain.setValueAtTime(0.2, at)
      loud.gain.exponentialRampToValueAtTime(0.001, at + TONE_S)
      tone.connect(loud).connect(context.destination)
      tone.start(at)
      tone.stop(at + TONE_S)
    })
  }
}

export const alarm = new Alarm()
