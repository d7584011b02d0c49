"""The rows of the lifecycle, as text that can be read beside the agreed table. :mod:`.table` makes the table of them."""

from __future__ import annotations

from gridward.domain.tickets.words import JudgedOn

MOVES = """
file                – > received
self_resolve        – > closed
split_off           – > assigned
import_past         – > received assigned closed
join                open
part                open closed
ask_more            received
answer_more         received
ask_check           received
check               received
accept              received > accepted
reject              received > rejected
withdraw            received accepted > withdrawn?  assigned in_progress deferred shelved resolved split
correct             received accepted assigned in_progress deferred
cancel              accepted assigned in_progress deferred > cancelled
ask_restore         rejected cancelled merged
restore             rejected cancelled merged > received
assign              accepted assigned in_progress deferred > assigned
hand_to             assigned in_progress
acknowledge         assigned > in_progress
arrive              assigned > in_progress  in_progress
reach               assigned in_progress
ask_send_back       assigned in_progress
send_back           assigned in_progress > accepted
refuse_send_back    assigned in_progress
withdraw_send_back  assigned in_progress
resolve             assigned in_progress > resolved
verify              resolved > closed
rework              resolved > assigned
accept_late         assigned in_progress deferred shelved resolved closed
ask_reopen          closed
reopen              closed > accepted
refuse_reopen       closed
withdraw_reopen     closed
rate                closed
ask_extend          assigned in_progress
grant_extend        assigned in_progress deferred shelved resolved closed
refuse_extend       assigned in_progress deferred shelved resolved closed
withdraw_extend     assigned in_progress deferred shelved resolved closed
ask_defer           assigned in_progress
grant_defer         assigned in_progress > deferred?  resolved closed
refuse_defer        assigned in_progress resolved closed
withdraw_defer      assigned in_progress resolved closed
ask_shelve          assigned in_progress
grant_shelve        assigned in_progress > shelved?  resolved closed
refuse_shelve       assigned in_progress resolved closed
withdraw_shelve     assigned in_progress resolved closed
resume              deferred shelved > in_progress
split               accepted assigned > split
take_turn           assigned
child_ended         split
finish_split        split > closed
return_to_split     closed > split  split
merge               open > merged
unmerge             merged > open
note                every
add_photo           every
hide_photo          every
urge                open
supervise           open
answer_supervision  every merged
rule_shirking       open closed
appeal              closed
exempt              closed
refuse_appeal       closed
withdraw_appeal     closed
close_unverified    resolved > closed
close_informed      in_progress resolved > closed
force_close         in_progress resolved > closed
suspend             open closed
change_suspension   open closed
"""
"""``from … > to``; without ``>`` the status stays; ``–``: no ticket yet; ``?``: or it stays, by a rule of the step; a ticket of another
system comes in where its file leaves it.

``every`` leaves out ``merged``: notes and photos go to the ticket that it joined. The decision on a request may come after the work is done or closed, because it counts from the instant of asking.
"""

MEANING = """
file                report:file               report.filed                 上报
self_resolve        report:self_resolve       report.filed                 我已顺手处理
split_off           ticket:keep_split         ticket.split_off             分办（子工单）
import_past         ticket:import             ticket.imported              导入历史
join                ticket:join               report.joined                我也看到了
part                ticket:unmerge            report.parted                分出
ask_more            ticket:ask_more           report.more_asked            请补充
answer_more         ticket:answer_more        report.supplemented          已补充
ask_check           ticket:ask_check          ticket.check_asked           请核实
check               ticket:check              ticket.checked               核实
accept              ticket:accept             ticket.accepted              立案
reject              ticket:reject             ticket.rejected              不予立案
withdraw            ticket:withdraw           ticket.withdrawn             撤回
correct             ticket:correct            ticket.corrected             更正
cancel              ticket:cancel             ticket.cancelled             作废
ask_restore         ticket:ask_restore        ticket.restore_asked         请求恢复
restore             ticket:restore            ticket.restored              恢复
assign              ticket:assign             ticket.assigned              派遣
hand_to             ticket:hand               ticket.handed                交办
acknowledge         ticket:acknowledge        ticket.acknowledged          签收
arrive              ticket:arrive             ticket.arrived               到场
reach               ticket:reach              milestone.reached            阶段办结
ask_send_back       ticket:ask_send_back      request.asked                申请回退
send_back           ticket:send_back          ticket.sent_back             回退成立
refuse_send_back    ticket:refuse_send_back   request.refused              回退不成立
withdraw_send_back  ticket:withdraw_request   request.withdrawn            撤回回退申请
resolve             ticket:resolve            ticket.resolved              处置完成
verify              ticket:verify             ticket.verified              核查通过
rework              ticket:rework             ticket.reworked              返工
accept_late         ticket:accept_late        late_work.accepted           认可补传
ask_reopen          ticket:ask_reopen         request.asked                申请重办
reopen              ticket:reopen             ticket.reopened              重办
refuse_reopen       ticket:refuse_reopen      request.refused              不予重办
withdraw_reopen     ticket:withdraw_request   request.withdrawn            撤回重办申请
rate                ticket:rate               ticket.rated                 评价
ask_extend          ticket:ask_extend         request.asked                申请延期
grant_extend        ticket:grant              request.granted              同意延期
refuse_extend       ticket:refuse             request.refused              不同意延期
withdraw_extend     ticket:withdraw_request   request.withdrawn            撤回延期申请
ask_defer           ticket:ask_defer          request.asked                申请缓办
grant_defer         ticket:grant              request.granted              同意缓办
refuse_defer        ticket:refuse             request.refused              不同意缓办
withdraw_defer      ticket:withdraw_request   request.withdrawn            撤回缓办申请
ask_shelve          ticket:ask_shelve         request.asked                申请挂账
grant_shelve        ticket:grant              request.granted              同意挂账
refuse_shelve       ticket:refuse             request.refused              不同意挂账
withdraw_shelve     ticket:withdraw_request   request.withdrawn            撤回挂账申请
resume              ticket:resume             ticket.resumed               恢复计时
split               ticket:split              ticket.split                 分办
take_turn           ticket:keep_split         ticket.turn_came             轮到
child_ended         ticket:keep_split         ticket.child_ended           子工单办结
finish_split        ticket:keep_split         ticket.split_finished        分办完成
return_to_split     ticket:keep_split         ticket.split_resumed         退回分办
merge               ticket:merge              ticket.merged                合并
unmerge             ticket:unmerge            ticket.unmerged              取消合并
note                ticket:note               note.added                   补充说明
add_photo           ticket:add_photo          photo.added                  补传照片
hide_photo          ticket:hide_photo         photo.hidden                 隐藏照片
urge                ticket:urge               ticket.urged                 催办
supervise           ticket:supervise          supervision.ordered          督办
answer_supervision  ticket:answer_supervision supervision.answered         答复督办
rule_shirking       ticket:rule_shirking      shirking.ruled               认定推诿
appeal              ticket:appeal             request.asked                申诉
exempt              ticket:exempt             clock.exempted               申诉成立
refuse_appeal       ticket:refuse_appeal      request.refused              申诉不成立
withdraw_appeal     ticket:withdraw_request   request.withdrawn            撤回申诉
close_unverified    ticket:close_unverified   ticket.closed_unverified     未核查结案
close_informed      ticket:close_informed     ticket.closed_informed       告知性结案
force_close         ticket:force_close        ticket.force_closed          强制结案
suspend             ticket:suspend            suspension.applied           时限中止
change_suspension   ticket:suspend            suspension.changed           变更时限中止
"""

CLOCKS = """
file                start:file
split_off           start:unit start:overall
import_past         start:overall
ask_more            pause:file
answer_more         run_on:file
accept              stop:file start:dispatch
reject              stop:file
withdraw            void:file void:dispatch void:overall
correct             recompute:file recompute:dispatch recompute:unit recompute:overall start:unit start:overall void:unit void:overall
cancel              void:dispatch void:unit void:overall void:approval stop:approval
restore             start:file
assign              stop:dispatch start:unit run_on:unit void:unit start:overall run_on:overall stop:approval
acknowledge         stop:acknowledge
arrive              stop:acknowledge stop:respond
reach               stop:milestone
send_back           void:unit start:dispatch stop:approval
refuse_send_back    stop:approval
withdraw_send_back  stop:approval
ask_send_back       start:approval
resolve             stop:acknowledge stop_for_now:respond stop_for_now:milestone stop_for_now:resolve stop_for_now:overall start:verify stop:approval
verify              final:respond final:milestone final:resolve final:overall stop:verify
rework              stop:verify run_on:respond run_on:milestone run_on:resolve start:resolve void:resolve run_on:overall
accept_late         stop:unit stop:overall
ask_reopen          start:approval
reopen              start:dispatch stop:approval
refuse_reopen       stop:approval
withdraw_reopen     stop:approval
ask_extend          start:approval
grant_extend        stop:approval extend:resolve extend:overall
refuse_extend       stop:approval
withdraw_extend     stop:approval
ask_defer           start:approval
grant_defer         stop:approval pause:unit pause:overall
refuse_defer        stop:approval
withdraw_defer      stop:approval
ask_shelve          start:approval
grant_shelve        stop:approval pause:unit pause:overall
refuse_shelve       stop:approval
withdraw_shelve     stop:approval
resume              run_on:unit run_on:overall
split               stop:dispatch void:unit start:overall stop:approval
take_turn           start:unit
finish_split        final:overall
return_to_split     start:overall
merge               void:file void:dispatch void:unit void:verify void:overall void:approval stop:approval
unmerge             run_on:file run_on:dispatch run_on:unit run_on:verify run_on:overall
appeal              start:approval
exempt              stop:approval exempt:unit exempt:verify
refuse_appeal       stop:approval
withdraw_appeal     stop:approval
close_unverified    final:respond final:milestone final:resolve final:overall stop:verify
close_informed      final:unit final:overall stop:verify stop:approval
force_close         final:unit final:overall stop:verify stop:approval
suspend             pause:unit pause:verify pause:overall
change_suspension   pause:unit pause:verify pause:overall
"""

BY_UNIT = frozenset(
    [
        "hand_to",
        "acknowledge",
        "arrive",
        "reach",
        "ask_send_back",
        "resolve",
        "ask_extend",
        "ask_defer",
        "ask_shelve",
        "resume",
    ]
)
JUDGED_ON = {
    JudgedOn.RESOLUTION: frozenset(["verify", "rework", "close_unverified"]),
    JudgedOn.NOTHING: frozenset(
        [
            "file",
            "self_resolve",
            "split_off",
            "import_past",
            "join",
            "part",
            "child_ended",
            "answer_more",
            "withdraw",
            "ask_restore",
            "ask_reopen",
            "rate",
            "note",
            "add_photo",
            "hide_photo",
            "urge",
            "supervise",
            "answer_supervision",
            "rule_shirking",
            "appeal",
            "suspend",
            "change_suspension",
            "accept_late",
            "take_turn",
            "finish_split",
            "return_to_split",
            "withdraw_extend",
            "withdraw_defer",
            "withdraw_shelve",
            "withdraw_send_back",
            "withdraw_reopen",
            "withdraw_appeal",
        ]
    ),
}
