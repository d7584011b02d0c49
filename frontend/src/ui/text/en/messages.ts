import type { Same } from '../keys'
import type { messages as zh } from '../zh/messages'

export const messages: Same<typeof zh> = {
  'message.from': 'Gridward',
  'message.several': '{n} new messages',
  'message.test': 'The test message came: this phone can ring',

  'message.more_asked': 'Please tell us a little more',
  'message.sent_out': 'What you reported has been sent to a unit',
  'message.said_done': 'The unit says it is done; somebody will look',
  'message.closed': 'This has been dealt with',
  'message.rejected': 'This was not taken up; open it for the reason',
  'message.cancelled': 'This was cancelled; open it for the reason',
  'message.merged': 'This goes on together with another one',
  'message.reopened': 'This is being worked on again',
  'message.note': 'Somebody left a note',

  'message.patrol_overdue': 'A patrol has not begun in time',
  'message.patrol_missed': 'A patrol did not take place',
  'message.checkpoint_missed': 'Nobody came to a checkpoint',

  'message.check_asked': 'Please have a look on the spot',
  'message.to_verify': 'A ticket waits for your check',

  'message.assigned': 'A new ticket for your unit',
  'message.handed': 'A ticket was handed to you',
  'message.rework': 'The check did not pass: do it again',
  'message.verified': 'The check passed: closed',
  'message.urged': 'You are urged to act soon',
  'message.supervised': 'A supervision order: answer it in time',
  'message.outer_near_due': 'Another system (12345 …) wants its answer soon',
  'message.cause_found': 'The same kind of problem keeps coming back in one building: look for the cause',
  'message.reminder': 'Time limit: near, or already over',
  'message.request_granted': 'The request was granted',
  'message.request_refused': 'The request was refused',

  'message.to_decide': 'A report waits for you',
  'message.supplemented': 'The reporter told more',
  'message.withdrawal_wished': 'The reporter wants it back',
  'message.checked': 'The steward came back from looking',
  'message.restore_asked': 'Somebody asks to restore one',
  'message.conflict': 'Two steps do not fit together: please look',
  'message.request_asked': 'A request waits for your decision',
  'message.supervision_answered': 'A supervision order was answered',

  'message.statement_made': "Your unit's monthly statement is there, please check it",
  'message.statement_objected': 'A unit objected to its statement, please answer',
  'message.statement_decided': "Your unit's objection was answered",
  'message.published': 'The figures of a month were published',
  'message.review_due': 'A shelved ticket is due for review',
}
