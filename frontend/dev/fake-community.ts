/** An invented community for looking at screens without a server. Not shipped. */
import type { Category, Feature, FeatureCollection, Status, TicketDetail } from '../src/core/shapes'

const LON = 113.2765
const LAT = 22.8341
const M = 1 / 111_195
const at = (x: number, y: number): [number, number] => [
  LON + (x * M) / Math.cos((LAT * Math.PI) / 180),
  LAT + y * M,
]

const box = (x: number, y: number, w: number, h: number) => ({
  type: 'Polygon' as const,
  coordinates: [[at(x, y), at(x + w, y), at(x + w, y + h), at(x, y + h), at(x, y)]],
})

const feature = (
  id: string,
  geometry: Feature['geometry'],
  properties: Record<string, unknown>,
): Feature => ({
  type: 'Feature',
  id,
  geometry,
  properties,
})

const features: Record<string, Feature[]> = {
  grid: [0, 1, 2].flatMap((i) =>
    [0, 1, 2].map((j) =>
      feature(`g${i}${j}`, box(-180 + i * 120 + j * 8, -180 + j * 120 - i * 6, 118, 118), {
        grid_id: `g${i}${j}`,
        name: `雪圃第${'一二三四五六七八九'[i * 3 + j]}网格`,
        code: `44060501100${i}${j}`,
      }),
    ),
  ),
  street: [
    feature(
      's1',
      { type: 'LineString', coordinates: [at(-200, -62), at(-60, -55), at(60, -60), at(210, -52)] },
      { name: '雪圃大街' },
    ),
    feature(
      's2',
      { type: 'LineString', coordinates: [at(-58, -200), at(-62, -40), at(-52, 90), at(-60, 200)] },
      { name: '永安巷' },
    ),
    feature(
      's3',
      { type: 'LineString', coordinates: [at(62, -200), at(66, 10), at(60, 200)] },
      { name: '祠堂前路' },
    ),
    feature(
      's4',
      { type: 'LineString', coordinates: [at(-200, 66), at(-20, 62), at(200, 70)] },
      { name: '河边路' },
    ),
  ],
  landmark: [
    feature('l1', { type: 'Point', coordinates: at(22, 12) }, { name: '雪圃学校东门' }),
    feature('l2', { type: 'Point', coordinates: at(-90, -70) }, { name: '雪圃市场' }),
    feature('l3', { type: 'Point', coordinates: at(90, 40) }, { name: '陈氏宗祠' }),
  ],
  building: [-150, -110, -30, 10, 90, 130].flatMap((x, i) =>
    [-150, -110, -30, 20, 90, 130].map((y, j) =>
      feature(`b${i}${j}`, box(x, y, 26 + ((i * 7 + j * 5) % 9), 20 + ((i * 3 + j * 11) % 8)), {
        name: `永安巷${i * 6 + j + 1}号`,
      }),
    ),
  ),
  'service-area': [
    feature('a1', box(-60, -60, 122, 122), { name: '新城环卫 作业范围', unit_id: 'u1', kind: 'work' }),
    feature('a2', box(62, -60, 120, 122), { name: '锦绣花园 物业管理区域', unit_id: 'u2', kind: 'estate' }),
  ],
  area: [],
}

export function layer(name: string): FeatureCollection {
  return { type: 'FeatureCollection', features: features[name] ?? [] }
}

const kind = (
  code: string,
  name: string,
  urgent = false,
  question: Category['question'] = null,
): Category => ({
  code,
  name,
  picture: code,
  urgent,
  question,
  duplicate_radius_m: 50,
})

export const categories: Category[] = [
  kind('litter_full', '垃圾满了'),
  kind('litter_ground', '地上垃圾'),
  kind('dumping', '乱堆放'),
  kind('manhole', '井盖', false, {
    text: '井盖怎么了？',
    answers: [
      {
        condition_id: 'manhole-missing',
        code: 'missing',
        name: '不见了',
        picture: 'manhole_missing',
        urgent: true,
      },
      {
        condition_id: 'manhole-broken',
        code: 'broken',
        name: '破了',
        picture: 'manhole_broken',
        urgent: false,
      },
      { condition_id: 'manhole-noisy', code: 'noisy', name: '响', picture: 'manhole_noisy', urgent: false },
    ],
  }),
  kind('lamp', '路灯'),
  kind('flooding', '积水', false, {
    text: '水有多深？',
    answers: [
      {
        condition_id: 'flood-shallow',
        code: 'shallow',
        name: '能走过去',
        picture: 'flooding',
        urgent: false,
      },
      { condition_id: 'flood-deep', code: 'deep', name: '过不去了', picture: 'flooding_deep', urgent: true },
    ],
  }),
  kind('parking', '乱停放'),
  kind('fire_lane', '堵消防通道', true),
  kind('other', '其他'),
]

const hours = (n: number) => new Date(Date.now() + n * 3_600_000).toISOString()

export function seedTickets(): TicketDetail[] {
  const make = (
    n: number,
    status: Status,
    category: string,
    place: string,
    rest: Partial<TicketDetail>,
  ): TicketDetail => {
    const known = categories.find((entry) => entry.code === category)!
    const [lon, lat] = at(((n * 53) % 160) - 80, ((n * 31) % 140) - 70)
    return {
      ticket_id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
      ticket_no: `20261122-${String(4200 + n).padStart(6, '0')}`,
      short_no: `${String(n).padStart(3, '0')}`,
      status,
      category,
      category_name: known.name,
      condition_id: category,
      urgent: known.urgent,
      place_note: place,
      lon,
      lat,
      accuracy_m: 12,
      grid_id: 'g11',
      grid_name: '雪圃第五网格',
      community_id: 'c1',
      unit_id: 'u1',
      unit_name: '新城环卫有限公司',
      unit_kind: '作业单位',
      assignee_id: null,
      assignment_id: `as-${n}`,
      resolution_id: null,
      verify_way: 'spot',
      thumbnail: `before-${category}`,
      merged_into_id: null,
      parent_id: null,
      mine: true,
      received_at: hours(-5),
      captured_at: hours(-5),
      due_at: hours(6),
      resolve_due_at: hours(3),
      next_due: { clock: 'resolve', due_at: hours(3) },
      near_breach: false,
      breached_at: null,
      paused: false,
      tray_reason: null,
      photo: `before-${category}`,
      version: 3,
      reports_count: 1,
      marks: [],
      timeline: [
        {
          at: hours(-5),
          recorded_at: hours(-5),
          verb: 'report.filed',
          who_label: '志愿者',
          via: 'phone',
          text: null,
          photos: [`before-${category}`],
          detail: {},
        },
        {
          at: hours(-5),
          recorded_at: hours(-5),
          verb: 'ticket.accepted',
          who_label: '规则',
          via: 'rule',
          text: null,
          photos: [],
          detail: {},
        },
        {
          at: hours(-4.9),
          recorded_at: hours(-4.9),
          verb: 'ticket.assigned',
          who_label: '规则',
          via: 'rule',
          text: null,
          photos: [],
          detail: { unit_kind: '作业单位' },
        },
      ],
      clocks: [],
      photos: [{ sha256: `before-${category}`, kind: 'before', taken_at: hours(-5), distance_m: 4 }],
      routing: null,
      candidates: [],
      assignment: {
        assignment_id: `as-${n}`,
        unit_id: 'u1',
        worker_id: null,
        worker_name: null,
        assigned_at: hours(-4.9),
      },
      resolution: null,
      requests: [],
      condition: {
        code: category,
        filing_text: '垃圾容器满溢，周边有散落垃圾',
        closing_text: '容器已清空，周边干净',
        limit_text: '2 工作时',
        evidence: null,
      },
      allowed: [],
      ...rest,
    }
  }
  const done = (category: string): Partial<TicketDetail> => ({
    photos: [
      { sha256: `before-${category}`, kind: 'before', taken_at: hours(-5), distance_m: 4 },
      { sha256: `after-${category}`, kind: 'after', taken_at: hours(-1), distance_m: 9 },
    ],
    resolution: { resolution_id: 'r1', note: '已清运，地面冲洗过。', resolved_at: hours(-1) },
  })
  return [
    make(37, 'assigned', 'litter_full', '雪圃学校东门旁', {
      due_at: hours(1.3),
      resolve_due_at: hours(1.3),
      near_breach: true,
    }),
    make(36, 'in_progress', 'litter_ground', '永安巷 12 号对面', {
      resolve_due_at: hours(3.2),
      assignee_id: 'w1',
    }),
    make(35, 'assigned', 'manhole', '祠堂前路，陈氏宗祠门口往南二十米的人行道上', {
      urgent: true,
      resolve_due_at: hours(-2.2),
      breached_at: hours(-2.2),
    }),
    make(34, 'resolved', 'dumping', '雪圃市场后门', {
      ...done('dumping'),
      timeline: [
        {
          at: hours(-30),
          recorded_at: hours(-30),
          verb: 'report.filed',
          who_label: '志愿者',
          via: 'phone',
          text: '旧沙发和纸箱堵在后门。',
          photos: ['before-dumping'],
          detail: {},
        },
        {
          at: hours(-29.9),
          recorded_at: hours(-29.9),
          verb: 'ticket.assigned',
          who_label: '规则',
          via: 'rule',
          text: null,
          photos: [],
          detail: { unit_kind: '作业单位' },
        },
        {
          at: hours(-28),
          recorded_at: hours(-28),
          verb: 'ticket.acknowledged',
          who_label: '新城环卫',
          via: 'phone',
          text: null,
          photos: [],
          detail: {},
        },
        {
          at: hours(-2),
          recorded_at: hours(-2),
          verb: 'ticket.arrived',
          who_label: '新城环卫',
          via: 'phone',
          text: null,
          photos: [],
          detail: {},
        },
        {
          at: hours(-1),
          recorded_at: hours(-1),
          verb: 'ticket.resolved',
          who_label: '新城环卫',
          via: 'phone',
          text: '已清运，地面冲洗过。',
          photos: ['after-dumping'],
          detail: {},
        },
      ],
    }),
    make(33, 'closed', 'lamp', '河边路 3 号灯', done('lamp')),
    make(32, 'deferred', 'flooding', '雪圃大街与永安巷路口', { paused: true }),
    make(31, 'resolved', 'litter_full', '河边路榕树头', done('litter_full')),
  ]
}
