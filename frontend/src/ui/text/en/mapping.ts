/** Words of the desk's map. */
import type { Same } from '../keys'
import type { mapping as zh } from '../zh/mapping'

export const mapping: Same<typeof zh> = {
  'mapping.tools': 'Map tools',
  'mapping.colour': 'Colours',
  'mapping.by_time': 'By time left',
  'mapping.by_state': 'By state',
  'mapping.in_time': 'in time (the shape is the state)',
  'mapping.cell': 'tickets around here',
  'mapping.draw': 'Draw to select',
  'mapping.draw_how':
    'Hold the button and draw around what you want: list and map then hold only that. Esc stops.',
  'mapping.take_shown': 'Only what is shown',
  'mapping.undraw': 'Drop the shape',
  'mapping.age': 'How long ago',
  'mapping.age_any': 'Any age',
  'mapping.age_days': 'Older than {n} {n:day|days}',
  'mapping.explain': 'Explain a point',
  'mapping.explain_how':
    'Click anywhere on the map (Enter explains its middle). A right click or a long press does the same.',
  'mapping.this_point': 'This point',
  'mapping.kind': 'Kind',
  'mapping.coverage': 'Check every grid and kind for a unit →',
  'mapping.service_areas': 'Service areas',
  'mapping.base': 'Base map',
  'mapping.base_owner': 'Base map: {owner}',
  'mapping.base_approval': 'approval no. {number}',
  'mapping.count': '{n} {n:ticket|tickets}',
  'mapping.late': '{n} late',
  'mapping.cut': 'Too many match: the map shows the newest {n}.',
  'mapping.lost':
    'What matches the filters did not come; the map may lack some. It is asked for again with the list.',
  'mapping.no_webgl':
    'This browser cannot draw the large map (no WebGL). Below is a plain one with the tickets of the list only; the list and all steps work as ever.',
}
