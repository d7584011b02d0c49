/** A small server in memory behind `npm run dev`, to look at screens. Signs in by role name. Not shipped. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Plugin } from 'vite'
import { nearNames } from '../src/core/geo.ts'
import type { Role, TicketDetail } from '../src/core/shapes'
import { categories, layer, seedTickets } from './fake-community.ts'

const scenes: Record<string, string> = {
  dumping: '#8a6a4a',
  litter_full: '#6b7d4f',
  litter_ground: '#8d8b80',
  lamp: '#3b4d73',
  manhole: '#6f6a66',
}

function scene(name: string): string {
  const [when, category = ''] = name.split(/-(.*)/)
  const messy = when === 'before'
  const colour = scenes[category] ?? '#7a8a94'
  const things = messy
    ? [60, 120, 175, 230]
        .map(
          (x, i) =>
            `<rect x="${x}" y="${150 - (i % 2) * 24}" width="${44 + i * 4}" height="${50 + (i % 3) * 12}" fill="${colour}" transform="rotate(${i * 9 - 12} ${x} 170)"/>`,
        )
        .join('')
    : `<rect x="120" y="110" width="70" height="90" rx="6" fill="${colour}"/>`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 240"><rect width="320" height="140" fill="#cfdde3"/><rect y="130" width="320" height="110" fill="#b3aa98"/><rect x="200" y="30" width="110" height="110" fill="#d8c3a0"/><rect x="10" y="50" width="90" height="90" fill="#c9b8b0"/>${things}</svg>`
}

const grants: Record<
  string,
  {
    role: Role
    scope_kind: 'community' | 'unit' | 'grid' | 'jurisdiction'
    scope_id: string
    scope_name: string
  }
> = {
  volunteer: { role: 'volunteer', scope_kind: 'community', scope_id: 'c1', scope_name: '雪圃社区' },
  steward: { role: 'steward', scope_kind: 'grid', scope_id: 'g11', scope_name: '雪圃第五网格' },
  unit_lead: { role: 'unit_lead', scope_kind: 'unit', scope_id: 'u1', scope_name: '新城环卫有限公司' },
  unit_worker: { role: 'unit_worker', scope_kind: 'unit', scope_id: 'u1', scope_name: '新城环卫有限公司' },
  dispatcher: { role: 'dispatcher', scope_kind: 'community', scope_id: 'c1', scope_name: '雪圃社区' },
  supervisor: { role: 'supervisor', scope_kind: 'jurisdiction', scope_id: 'j1', scope_name: '演示街道' },
  system_admin: { role: 'system_admin', scope_kind: 'jurisdiction', scope_id: 'j1', scope_name: '演示街道' },
}
const names: Record<string, string> = {
  volunteer: '何静怡',
  steward: '陈志强',
  unit_lead: '李国华',
  unit_worker: '梁文',
  dispatcher: '黄敏',
  supervisor: '周岚',
  system_admin: '吴系统',
}

const allowed: Record<string, (ticket: TicketDetail) => string[]> = {
  volunteer: (ticket) => (ticket.status === 'closed' ? ['rate', 'note'] : ['withdraw', 'note']),
  steward: (ticket) => (ticket.status === 'resolved' ? ['verify', 'rework', 'note'] : ['note']),
  unit_worker: (ticket) =>
    ticket.status === 'assigned'
      ? ['acknowledge', 'arrive', 'ask_send_back', 'note']
      : ticket.status === 'in_progress'
        ? ['arrive', 'resolve', 'note']
        : ['note'],
  unit_lead: (ticket) => [
    ...allowed.unit_worker!(ticket),
    ...(['assigned', 'in_progress'].includes(ticket.status) ? ['hand_to'] : []),
  ],
}

export function fakeApi(): Plugin {
  const tickets = seedTickets()
  const sms = new Map<string, string>()
  const photos = new Map<string, Buffer>()
  let counter = 38

  const who = (request: IncomingMessage) =>
    /(?:^|;\s*)fake_role=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? null

  const session = (role: string) => ({
    person_id: `p-${role}`,
    name: names[role] ?? '某人',
    jurisdiction: {
      jurisdiction_id: 'j1',
      name: '演示街道',
      telephone: '0757-12345678',
      time_zone: 'Asia/Shanghai',
      emergency_numbers: [
        { label: '火警', number: '119' },
        { label: '报警', number: '110' },
        { label: '急救', number: '120' },
        { label: '燃气抢险', number: '95158' },
      ],
      invented: true,
    },
    roles: [{ ...grants[role]!, is_lead: false }],
    notice_due: false,
  })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://here')
    const path = url.pathname.replace('/api/v1/', '')
    const role = who(request)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const raw = Buffer.concat(chunks)
    const json = () =>
      JSON.parse(raw.toString() || '{}') as Record<string, string> & {
        token: string
        login: string
        phone: string
        code: string
      }
    const say = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, {
        'Content-Type': status < 300 ? 'application/json' : 'application/problem+json',
        'X-App-Ack': '1',
        'Cache-Control': 'no-store',
        ...headers,
      })
      response.end(JSON.stringify(body))
    }
    const no = (status: number, code: string, facts = {}) =>
      say(status, { type: `/problems/${code}`, title: code, status, code, facts })
    const signIn = (as: string) => say(200, {}, { 'Set-Cookie': `fake_role=${as}; Path=/` })

    if (path === 'hello')
      return say(200, {
        server_time: new Date().toISOString(),
        feed_epoch: 1,
        scope_rev: 1,
        oldest_schema: 1,
        limits: { photo_bytes: 2_000_000, photo_side: 12000, photo_pixels: 40_000_000 },
        backoff_hint_s: 0,
        session: role && grants[role] ? session(role) : null,
      })
    if (path === 'sign-in/invite/look')
      return grants[json().token]
        ? say(200, {
            name: names[json().token],
            community: '雪圃社区',
            expires_at: new Date(Date.now() + 6e8).toISOString(),
            in_app_hint: false,
          })
        : no(404, 'invite_unknown')
    if (path === 'sign-in/invite') return signIn(json().token)
    if (path === 'sign-in/password')
      return grants[json().login] ? signIn(json().login) : no(403, 'wrong_credentials')
    if (path === 'sign-in/code/ask') return (sms.set(json().phone, '123456'), say(200, {}))
    if (path === 'sign-in/code')
      return json().code === '123456' ? signIn('volunteer') : no(403, 'wrong_credentials')
    if (path === 'sign-in/printed')
      return json().code === '12345678' ? signIn('volunteer') : no(403, 'wrong_credentials')
    if (path === 'sign-out') return say(200, {}, { 'Set-Cookie': 'fake_role=; Path=/; Max-Age=0' })
    if (!role) return no(401, 'not_signed_in')
    if (path === 'categories') return say(200, { standard_id: 'st1', version: 1, categories })
    if (path === 'my/scope')
      return say(200, {
        scopes: ['community:c1'],
        communities: [{ community_id: 'c1', name: '雪圃社区' }],
        grids: [{ grid_id: 'g11', name: '雪圃第五网格' }],
        units: [{ unit_id: 'u1', name: '新城环卫有限公司' }],
      })
    if (path === 'place-words') {
      const place = { lon: Number(url.searchParams.get('lon')), lat: Number(url.searchParams.get('lat')) }
      const near = nearNames(
        {
          landmark: layer('landmark').features,
          street: layer('street').features,
          building: layer('building').features,
        },
        place,
      )
      return say(200, { words: near.length ? `${near[0]!.name}旁` : '', near })
    }
    if (path.startsWith('territory/')) return say(200, layer(path.split('/')[1]!))
    if (path === 'people')
      return say(200, {
        people: [
          { person_id: 'w1', name: '梁文', roles: [] },
          { person_id: 'w2', name: '何大同', roles: [] },
        ],
      })
    const photo = /^photos\/([\w-]+)/.exec(path)
    if (photo && request.method === 'PUT') {
      photos.set(photo[1]!, raw)
      return say(201, { sha256: photo[1], size: raw.length })
    }
    if (photo) {
      const held = photos.get(photo[1]!)
      response.writeHead(200, { 'Content-Type': held ? 'image/jpeg' : 'image/svg+xml' })
      response.end(held ?? scene(photo[1]!))
      return
    }
    const shown = (ticket: TicketDetail): TicketDetail => ({
      ...ticket,
      allowed: (allowed[role]?.(ticket) ?? []).map((intent) => ({ intent, needs: [] })),
    })
    if (path === 'tickets') {
      let list = tickets
      if (url.searchParams.get('verify')) list = list.filter((ticket) => ticket.status === 'resolved')
      if (url.searchParams.get('unit_id'))
        list = list.filter((ticket) => ['assigned', 'in_progress', 'deferred'].includes(ticket.status))
      return say(200, { tickets: list, next: null })
    }
    const report = /^reports\/([\w-]+)$/.exec(path)
    if (report) {
      const sent = json() as unknown as {
        digest: string
        body: {
          category: string
          place_note: string
          location: { lon: number; lat: number } | null
          photos: { sha256: string }[]
        }
      }
      const short_no = String(counter++).padStart(3, '0')
      const known = categories.find((entry) => entry.code === sent.body.category)!
      tickets.unshift({
        ...tickets[0]!,
        ticket_id: report[1]!,
        short_no,
        status: 'received',
        category: known.code,
        category_name: known.name,
        urgent: known.urgent,
        place_note: sent.body.place_note,
        photo: sent.body.photos[0]?.sha256 ?? null,
        photos: sent.body.photos.map(({ sha256 }) => ({
          sha256,
          kind: 'before',
          taken_at: null,
          distance_m: null,
        })),
        near_breach: false,
        received_at: new Date().toISOString(),
        timeline: [
          {
            ...tickets[0]!.timeline[0]!,
            at: new Date().toISOString(),
            photos: sent.body.photos.map(({ sha256 }) => sha256),
          },
        ],
        ...(sent.body.location ?? {}),
      })
      return say(201, {
        report_id: report[1],
        digest: sent.digest,
        ticket_id: report[1],
        ticket_no: `20261122-${counter}`,
        short_no,
        received_at: new Date().toISOString(),
      })
    }
    const operation = /^tickets\/([\w-]+)\/operations\/([\w-]+)$/.exec(path)
    if (operation) {
      const sent = json() as unknown as { digest: string; type: string }
      const ticket = tickets.find((entry) => entry.ticket_id === operation[1])
      if (!ticket) return no(404, 'ticket_unknown')
      const to: Record<string, TicketDetail['status']> = {
        acknowledge: 'in_progress',
        arrive: 'in_progress',
        resolve: 'resolved',
        verify: 'closed',
        rework: 'assigned',
        withdraw: 'withdrawn',
      }
      ticket.status = to[sent.type] ?? ticket.status
      ticket.version += 1
      return say(200, {
        op_id: operation[2],
        digest: sent.digest,
        ticket_id: operation[1],
        version: ticket.version,
      })
    }
    const one = /^tickets\/([\w-]+)$/.exec(path)
    const ticket = one && tickets.find((entry) => entry.ticket_id === one[1])
    return ticket ? say(200, shown(ticket)) : no(404, 'not_found')
  }

  return {
    name: 'gridward-fake-api',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        if (!request.url?.startsWith('/api/')) return next()
        handle(request, response).catch((error: unknown) => {
          console.error(error)
          response.writeHead(500).end()
        })
      })
    },
  }
}
