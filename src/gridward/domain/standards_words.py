"""The Chinese words of a standard's fields and of the codes in them, as the desk's screens say them."""

from __future__ import annotations

from collections.abc import Mapping

FIELD_WORDS: Mapping[str, str] = {
    "category": "小类",
    "name": "简称",
    "filing_text": "立案条件",
    "closing_text": "结案条件",
    "limit": "处置时限",
    "limit_a": "A类区域时限",
    "limit_b": "B类区域时限",
    "limit_c": "C类区域时限",
    "milestones": "阶段时限",
    "acknowledge_limit": "签收时限",
    "respond_limit": "到场时限",
    "filing_evidence": "立案依据",
    "closing_evidence": "结案依据",
    "verification": "核查方式",
    "informed_close_allowed": "告知性结案",
    "rework": "返工计时",
    "rework_limit": "返工时限",
    "lead": "主办",
    "assist": "协办",
    "assist_in_order": "协办依次",
    "last_resort": "兜底",
    "authorities": "主管部门",
    "basis": "依据",
    "bases": "依据",
    "day_rule": "计日规则",
    "unit_calendars": "单位用的日历",
    "ladder": "提醒",
    "approvals": "审批权限",
    "offered": "可以上报",
    "reasons": "理由",
    "applies": "适用范围",
}

YES = {"yes": "是", "no": "否"}
EVIDENCE = {"photo": "照片", "position": "定位", "after_photo": "处置后照片", "answer": "答复", "form": "表单"}
VALUE_WORDS: Mapping[str, Mapping[str, str]] = {
    "filing_evidence": EVIDENCE,
    "closing_evidence": EVIDENCE,
    "verification": {"spot": "现场核查", "desk": "台账核查", "phone": "电话核查"},
    "informed_close_allowed": YES,
    "assist_in_order": YES,
    "rework": {"resume": "接着计时", "new_clock": "重新计时"},
    "day_rule": {"next_day": "次日起算", "hours": "按工时折算"},
}
