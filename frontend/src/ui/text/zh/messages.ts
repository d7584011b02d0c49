/** What messages say, by kind: in the list, and on the phone that rings. Nothing of a person or a place. */
import type { MessageKind } from '../../../core/messages'

type Said = Record<`message.${MessageKind}`, string>

export const messages = {
  'message.from': '网格守望',
  'message.several': '有 {n} 条新消息',
  'message.test': '测试消息到了，这部手机可以响铃',

  'message.more_asked': '请您补充一点情况',
  'message.sent_out': '您报的事已经派出去了',
  'message.said_done': '单位说处理好了，等人去看',
  'message.closed': '这件事办好了',
  'message.rejected': '这件事没有受理，点开看原因',
  'message.cancelled': '这件事作废了，点开看原因',
  'message.merged': '这件事和另一件合在一起办',
  'message.reopened': '这件事重新办了',
  'message.note': '有人留了一句话',

  'message.patrol_overdue': '有巡查没按时开始',
  'message.patrol_missed': '有一班没有巡查',
  'message.checkpoint_missed': '有巡查点没有人到',

  'message.check_asked': '请您去现场核实一下',
  'message.to_verify': '有工单等您去核查',

  'message.assigned': '有新工单派给您单位',
  'message.handed': '有工单交给您去办',
  'message.rework': '核查没有通过，要返工',
  'message.verified': '核查通过，已结案',
  'message.urged': '催办：请尽快处理',
  'message.supervised': '收到督办，要按时答复',
  'message.outer_near_due': '外部单（12345 等）快到期，还没办结',
  'message.cause_found': '同一栋楼反复出现同类问题，请研究成因',
  'message.reminder': '时限提醒：快到了，或已经过了',
  'message.request_granted': '申请批准了',
  'message.request_refused': '申请没有批准',

  'message.to_decide': '有上报等您处理',
  'message.supplemented': '上报人补充了情况',
  'message.withdrawal_wished': '上报人想撤回',
  'message.checked': '网格员核实回来了',
  'message.restore_asked': '有人请求恢复一件',
  'message.conflict': '两个人的操作对不上，请看一下',
  'message.request_asked': '有申请等您审批',
  'message.supervision_answered': '督办有答复了',

  'message.statement_made': '您单位的月度对账单出来了，请核对',
  'message.statement_objected': '有单位对对账单提了异议，请答复',
  'message.statement_decided': '您单位的异议有答复了',
  'message.published': '月度数据已通报',
  'message.review_due': '挂账到期，请复查',
} as const satisfies Said & Record<string, string>
