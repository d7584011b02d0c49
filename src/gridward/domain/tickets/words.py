"""The words of a ticket's life: its statuses, what can be intended, what a step must bring."""

from __future__ import annotations

from enum import StrEnum

LINK = "link"
"""``Fact.via`` of steps by a one-case link (单案链接)."""


class Status(StrEnum):
    """Where a ticket stands. Labels are in :data:`STATUS_WORDS`."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    DEFERRED = "deferred"
    SHELVED = "shelved"
    RESOLVED = "resolved"
    SPLIT = "split"
    CLOSED = "closed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


OPEN = frozenset(
    {
        Status.RECEIVED,
        Status.ACCEPTED,
        Status.ASSIGNED,
        Status.IN_PROGRESS,
        Status.DEFERRED,
        Status.SHELVED,
        Status.RESOLVED,
        Status.SPLIT,
    }
)

STATUS_WORDS: dict[Status, tuple[str, str]] = {
    Status.RECEIVED: ("待立案", "社区已收到"),
    Status.ACCEPTED: ("待派遣", "社区已收到"),
    Status.ASSIGNED: ("待签收", "已派给{unit_kind}"),
    Status.IN_PROGRESS: ("处置中", "正在处理"),
    Status.DEFERRED: ("缓办中", "暂缓，预计{until}"),
    Status.SHELVED: ("已挂账", "暂时解决不了，{reason}"),
    Status.RESOLVED: ("待核查", "说是处理好了，等人看过"),
    Status.SPLIT: ("分办中", "正在处理"),
    Status.CLOSED: ("已结案", "已办好"),
    Status.REJECTED: ("不予立案", "没有受理，{reason}"),
    Status.CANCELLED: ("已作废", "现场没有发现"),
    Status.MERGED: ("已合并", "和{short_no}号是同一件"),
    Status.WITHDRAWN: ("已撤回", "已撤回"),
}
"""Status → (for the desk, for the volunteer)."""


class Intent(StrEnum):
    """What somebody wants to do to a ticket: the ``type`` of an operation."""

    FILE = "file"
    SELF_RESOLVE = "self_resolve"
    SPLIT_OFF = "split_off"
    IMPORT_PAST = "import_past"
    JOIN = "join"
    PART = "part"
    ASK_MORE = "ask_more"
    ANSWER_MORE = "answer_more"
    ASK_CHECK = "ask_check"
    CHECK = "check"
    ACCEPT = "accept"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    CORRECT = "correct"
    CANCEL = "cancel"
    ASK_RESTORE = "ask_restore"
    RESTORE = "restore"
    ASSIGN = "assign"
    HAND_TO = "hand_to"
    ACKNOWLEDGE = "acknowledge"
    ARRIVE = "arrive"
    REACH = "reach"
    ASK_SEND_BACK = "ask_send_back"
    SEND_BACK = "send_back"
    REFUSE_SEND_BACK = "refuse_send_back"
    WITHDRAW_SEND_BACK = "withdraw_send_back"
    RESOLVE = "resolve"
    VERIFY = "verify"
    REWORK = "rework"
    ACCEPT_LATE = "accept_late"
    ASK_REOPEN = "ask_reopen"
    REOPEN = "reopen"
    REFUSE_REOPEN = "refuse_reopen"
    WITHDRAW_REOPEN = "withdraw_reopen"
    RATE = "rate"
    ASK_EXTEND = "ask_extend"
    GRANT_EXTEND = "grant_extend"
    REFUSE_EXTEND = "refuse_extend"
    WITHDRAW_EXTEND = "withdraw_extend"
    ASK_DEFER = "ask_defer"
    GRANT_DEFER = "grant_defer"
    REFUSE_DEFER = "refuse_defer"
    WITHDRAW_DEFER = "withdraw_defer"
    ASK_SHELVE = "ask_shelve"
    GRANT_SHELVE = "grant_shelve"
    REFUSE_SHELVE = "refuse_shelve"
    WITHDRAW_SHELVE = "withdraw_shelve"
    RESUME = "resume"
    SPLIT = "split"
    TAKE_TURN = "take_turn"
    CHILD_ENDED = "child_ended"
    FINISH_SPLIT = "finish_split"
    RETURN_TO_SPLIT = "return_to_split"
    MERGE = "merge"
    UNMERGE = "unmerge"
    NOTE = "note"
    ADD_PHOTO = "add_photo"
    HIDE_PHOTO = "hide_photo"
    URGE = "urge"
    SUPERVISE = "supervise"
    ANSWER_SUPERVISION = "answer_supervision"
    RULE_SHIRKING = "rule_shirking"
    APPEAL = "appeal"
    EXEMPT = "exempt"
    REFUSE_APPEAL = "refuse_appeal"
    WITHDRAW_APPEAL = "withdraw_appeal"
    CLOSE_UNVERIFIED = "close_unverified"
    CLOSE_INFORMED = "close_informed"
    FORCE_CLOSE = "force_close"
    SUSPEND = "suspend"
    CHANGE_SUSPENSION = "change_suspension"


class RequestKind(StrEnum):
    """What can be asked for; at most one of a kind is open on a ticket."""

    EXTEND = "extend"
    DEFER = "defer"
    SHELVE = "shelve"
    SEND_BACK = "send_back"
    REOPEN = "reopen"
    APPEAL = "appeal"


class Closing(StrEnum):
    """How a ticket ended; only ``verified`` counts as verified."""

    VERIFIED = "verified"
    SELF_RESOLVED = "self_resolved"
    CHILDREN = "children"
    UNVERIFIED = "unverified"
    INFORMED = "informed"
    FORCED = "forced"
    IMPORTED = "imported"
    """It came closed in a file of another system; nobody here has checked it."""


class JudgedOn(StrEnum):
    """What the sender must have had on screen for the step to count; something else by now is a stale step."""

    NOTHING = "nothing"
    ASSIGNMENT = "assignment"
    RESOLUTION = "resolution"
