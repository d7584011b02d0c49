"""Who complained, taken out of the words that a unit will read. Pure.

The form of a hotline names its caller in parts of its own (来电人：…, 联系电话：…). Units read what is wrong and where, never who
said it: names, numbers and dwellings under such labels go to the speaker, every other telephone number is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

PHONE_LEFT_OUT = "（电话略）"
CARD_LEFT_OUT = "（证件号略）"
SOMEBODY = "市民"
"""Stands in a unit's words for the name of whoever complained."""
MOST_OF_SPEAKER = 60
SPEAKER_KEPT = timedelta(days=180)
"""How long after a ticket has ended the desk can still call back whoever it was filed for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """``note`` without anybody in it; the rest as it was written.

    ``names`` stood under a label, ``told_by`` is somebody whom the words themselves name (黄女士来电反映).
    """

    note: str
    names: tuple[str, ...] = ()
    told_by: str | None = None
    phones: tuple[str, ...] = ()
    dwelling: str | None = None
    outer_no: str | None = None

    def speaker(self, otherwise: str | None = None) -> str | None:
        """One line for 谁说的: a name (``otherwise`` where none has a label), telephones, where they live, as far as
        there is room."""
        said = ""
        for part in (next(iter(self.names), None) or otherwise or self.told_by, *self.phones, self.dwelling):
            longer = " ".join(filter(None, (said, part)))
            if len(longer) <= MOST_OF_SPEAKER:
                said = longer
        return said or None


def set_apart(words: str) -> Apart:
    """What a unit may read of these words, and who stands in them."""
    found: dict[str, list[str]] = {kind: [] for kind in _LABELS}
    parts = list(_labelled(level(words)))
    for part in parts:
        found[part.kind] += part.values
    note = _tidy(_without(words, parts))
    for name in found["name"]:
        note = _unnamed(note, name)
    note, told_by = _told_by(note)
    for number in found["number"]:
        note = _replaced(note, re.compile(re.escape(number)), "")
    note, phones = without_phones(note)
    return Apart(
        note=note.strip(),
        names=tuple(dict.fromkeys(found["name"])),
        told_by=told_by,
        phones=tuple(dict.fromkeys((*found["phone"], *phones))),
        dwelling=next(iter(found["dwelling"]), None),
        outer_no=next(iter(found["number"]), None),
    )


def level(words: str) -> str:
    """The words as a program compares them (full width made half), each character in its own place."""
    return "".join(one if len(one := unicodedata.normalize("NFKC", each)) == 1 else each for each in words)


def is_label(words: str) -> bool:
    """Whether this is the name of a part of a form (来电人：, 诉求内容：) and not somebody's (梁阿姨：)."""
    return _LABEL.fullmatch(words) is not None or _OF_A_FORM.fullmatch(words) is not None


def _replaced(words: str, what: re.Pattern[str], by: str) -> str:
    return _replaced_by(words, what, lambda _: by)


def _replaced_by(words: str, what: re.Pattern[str], by: Callable[[str], str]) -> str:
    """Found in the levelled words, replaced in those that were written; ``by`` is given what was found."""
    kept, at = [], 0
    for one in what.finditer(level(words)):
        kept += [words[at : one.start()], by(one.group())]
        at = one.end()
    return "".join(kept) + words[at:]


# ---- Telephones -----------------------------------------------------------------------------------------------------

_GAP = r"[ \-—–]{0,2}"
_MOBILE = (
    rf"(?<!\d)(?:\+?86{_GAP})?1[3-9]\d"
    r"(?:[ .-]?\d{4}[ .-]?\d{4}|[ .-]?\d{5}[ .-]?\d{3}|\d[ .-]?\d{3}[ .-]?\d{4}|[ .-]?\d{3}[ .-]?\d{5})(?!\d)"
)
_AREA = r"(?:\(0(?:10|2\d|[3-9]\d{2})\)|0(?:10|2\d|[3-9]\d{2})|(?<=86[ -])(?:10|2\d|[3-9]\d{2}))"
_LOCAL = rf"[2-9]\d{{2,3}}{_GAP}\d{{4}}"
_EXTENSION = r"(?:[ -]?(?:转|分机)[ ]?\d{1,6}|-\d{1,6})?"
_LANDLINE = rf"(?<![\d.])(?:\+?86{_GAP})?{_AREA}{_GAP}{_LOCAL}(?!\d){_EXTENSION}(?!\d)"
_CALLED = rf"(?:(?<=电话|座机|固话|手机|号码)|(?<=电话是|电话为|号码是|号码为))[ ]?{_LOCAL}(?!\d)"
_PHONES = re.compile(f"{_MOBILE}|{_LANDLINE}|{_CALLED}")
_CARD = re.compile(r"(?<!\d)[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)")


def without_phones(words: str) -> tuple[str, tuple[str, ...]]:
    """The words with every telephone number (and that of an identity card) left out, and the telephone numbers."""
    words = _replaced(words, _CARD, CARD_LEFT_OUT)
    numbers = tuple(one.group().strip() for one in _PHONES.finditer(level(words)))
    return _replaced(words, _PHONES, PHONE_LEFT_OUT), numbers


_OR_DIGITS = re.compile(_PHONES.pattern + r"|\d{7,}")


def masked(speaker: str) -> str:
    """Who said it, with ``138****1234`` for each number: whoever wants to call asks for the whole."""
    return _replaced_by(speaker, _OR_DIGITS, lambda number: f"{number[:3]}****{number[-4:]}")


# ---- Parts with a label ---------------------------------------------------------------------------------------------

_WHO = "(?<!被)(?:来电人|来电者|诉求人|反映人|反映者|投诉人|举报人|报料人|报事人|上报人|联系人|申请人|求助人|信访人|来访人|来信人)"
_ALONE = "(?<![一-鿿A-Za-z0-9])"
_LABELS = {
    "name": rf"{_WHO}(?:姓名|名称|名字)?(?:(?:及|和|与|/|、)?(?:联系)?(?:电话|方式))?|(?:市民|客户|业主|居民|群众)姓名|{_ALONE}(?:姓名|称呼)",
    "phone": r"(?:联系电话|联系方式|联系号码|电话号码|电话|手机号码?|手机|固定电话|固话|座机号?|来电号码|主叫号码|回访号码)"
    r"|微信号|电子邮箱|邮箱|QQ号?",
    "dwelling": rf"{_WHO}的?(?:家庭|联系)?(?:住址|地址)|(?:家庭|现|居)?住址|(?:家庭|联系|通讯|户籍)地址",
    # 灯杆编号 is of the lamp: a short label counts only where no other word leads up to it.
    "number": r"(?:工单|受理|流水|诉求|案件|事件|转办|热线|登记|交办|外部|12345)(?:编号|单号|号码?|流水号|受理号)"
    rf"|{_ALONE}(?:编号|单号|流水号|受理号|工单号)",
    "about": rf"(?:{_WHO})?(?:性别|年龄|身份证号码?|身份证|证件号码?|证件类型)",
}
_LABEL = re.compile(
    r"(?P<open>[【\[])?[ \t]*(?:"
    + "|".join(f"(?P<{kind}>{words})" for kind, words in _LABELS.items())
    + r")[ \t]*(?(open)[】\]][ \t]*:?|[:\t])"
)
_FIELD = re.compile(r"(?:(?<=[ \t;,。|】\]])[\[【]?[一-鿿]{2,10}[】\]]?[ \t]*:)|【")
_OF_A_FORM = re.compile(r".*(?:内容|标题|主题|描述|类型|类别|地址|地点|时间|工单|事项|要求|部门):")
_END = r"[\s;,。、|/()【]"

_TITLES = "女士|先生|小姐|阿姨|大姐|大哥|大爷|大妈|大叔|大婶|师傅|老师|奶奶|爷爷|伯伯|叔叔|伯|叔|婶|姨|姐|哥"
_ONE_NAME = (
    r"[A-Za-z.]+(?: [A-Za-z.]+)*"
    rf"|[一-鿿] [一-鿿]{{1,2}}(?={_END}|$)"
    rf"|[^\s;,。、|/()【:0-9]{{1,12}}?(?=反映|来电|致电|投诉|表示|要求|举报|咨询|求助|称|[0-9]|{_END}|$)"
)
_IN_BRACKETS = r"(?:[ ]?\([^)\n]{0,30}\))?"
_NAMES = re.compile(
    rf"(?P<names>(?:{_ONE_NAME})(?:[、/](?:{_ONE_NAME}))*)(?:[ ](?:{_TITLES}|女|男)(?={_END}|$))?{_IN_BRACKETS}"
)
_NUMBER = rf"(?:{_MOBILE}|{_LANDLINE}|(?<!\d)\d[\d*]{{2,3}}{_GAP}[\d*]{{4}}(?:{_GAP}[\d*]{{4}})?(?![\d*]))"
_NUMBERS = re.compile(rf"{_NUMBER}(?:[ ]*[/、,;和或 ][ ]*{_NUMBER})*{_IN_BRACKETS}")
_HANDLE = re.compile(r"[A-Za-z0-9_.@+-]{4,60}")
_DWELLING = re.compile(r"[^\s;,。|【]+(?:[ ][^\s;,。|【]*(?:[号楼座栋幢室房巷路街村区苑园城]|单元|\d))*")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_/-]{3,39}")
_NUMBERED = re.compile(r"(?=[^\s;,。、|]*\d{4})[^\s;,。、|]{4,40}")
_WORD = re.compile(r"[^\s;,。、|/【]{1,20}")
_NOBODY = re.compile(
    r"无|没有|匿名|不详|不明|保密|同上|本人|本机|(?:热心)?(?:市民|居民|业主|群众|街坊|网友)|不愿.*|\(?略\)?|\(电话略\)|-+"
)


class _Part(NamedTuple):
    """``[start, end)`` of the text is a label and what stands under it."""

    kind: str
    start: int
    end: int
    values: list[str]


def _labelled(plain: str) -> Iterator[_Part]:
    at = 0
    while (label := _LABEL.search(plain, at)) is not None:
        kind = next(kind for kind in _LABELS if label[kind] is not None)
        start, end = _room(plain, label.end())
        value = plain[start:end]
        read = _READ[kind](value)
        if read is None:
            at = label.end()
            continue
        length, values = read
        at = start + length if length else label.end()
        yield _Part(kind, label.start(), at, [one for one in values if not _NOBODY.fullmatch(one)])


def _room(plain: str, at: int) -> tuple[int, int]:
    """Where the value of a label may stand: up to the next label, in this line or, where that is empty, in the next."""
    end = _line_end(plain, at)
    if not plain[at:end].strip() and end < len(plain):
        below = _line_end(plain, end + 1)
        if ":" not in plain[end + 1 : below] and "【" not in plain[end + 1 : below]:
            at, end = end + 1, below
    while at < end and plain[at].isspace():
        at += 1
    following = (pattern.search(plain, at, end) for pattern in (_LABEL, _FIELD))
    return at, min((one.start() for one in following if one is not None), default=end)


def _line_end(plain: str, at: int) -> int:
    found = plain.find("\n", at)
    return len(plain) if found < 0 else found


Read = tuple[int, list[str]] | None
"""How much of the room is the value, and the values in it; None: this is no such label."""


def _read_names(room: str) -> Read:
    found = _NAMES.match(room)
    if found is None:
        return 0, []
    # 王 秀英 is spaced for the look of a column.
    return found.end(), [re.sub("(?<=[一-鿿]) ", "", name) for name in re.split("[、/]", found["names"])]


def _read_phones(room: str) -> Read:
    found = _NUMBERS.match(room)
    if found is not None:
        return found.end(), [one.group() for one in re.finditer(_NUMBER, found.group())]
    handle = _HANDLE.match(room) or _NOBODY.match(room)
    if handle is not None:
        return handle.end(), [handle.group()]
    # 电话：门口垃圾满了 is what was said on the telephone.
    return None if room.strip() else (0, [])


def _read_dwelling(room: str) -> Read:
    found = _DWELLING.match(room)
    return (found.end(), [found.group()]) if found else (0, [])


def _read_number(room: str) -> Read:
    found = _CODE.match(room) or _NUMBERED.match(room)
    return (found.end(), [found.group()]) if found else None


def _read_about(room: str) -> Read:
    found = _WORD.match(room)
    return (found.end() if found else 0, [])


_READ = {
    "name": _read_names,
    "phone": _read_phones,
    "dwelling": _read_dwelling,
    "number": _read_number,
    "about": _read_about,
}
_BETWEEN = " \t;；,，、|。"


def _without(words: str, parts: list[_Part]) -> str:
    """The words without these parts, and without the comma or gap that divided one from what follows."""
    kept, at = "", 0
    for part in parts:
        kept += words[at : part.start]
        at = part.end
        if not kept.rstrip(" \t") or kept.rstrip(" \t")[-1] in "\n】]" + _BETWEEN:
            while at < len(words) and words[at] in _BETWEEN:
                at += 1
    return kept + words[at:]


def _tidy(words: str) -> str:
    lines = (line.strip(" \t;；,，、|") for line in words.split("\n"))
    return "\n".join(line for line in lines if line)


# ---- The same person in the words themselves ------------------------------------------------------------------------

_PEOPLE = "(?:市民|居民|业主|住户|村民|群众|街坊)?"
_DOUBLE = "欧阳|司徒|上官|诸葛|司马|东方|皇甫|尉迟|公孙|慕容|令狐|钟离|宇文|长孙|夏侯"
_TELLS = re.compile(
    rf"{_PEOPLE}(?P<who>(?:{_DOUBLE}|[一-鿿])(?:{_TITLES}|某某?))"
    r"(?=[ ,]?(?:来电|致电|反映|投诉|举报|咨询|求助|诉求|打电话|来访|来信|表示|称))"
)


def _unnamed(note: str, name: str) -> str:
    """A person whose name stood under a label, wherever else the words name them: whole, or 王女士 for 王秀英."""
    bare = re.sub(rf"(?:{_TITLES}|某某?)$", "", name)
    if len(name) > 1:
        note = _replaced(note, re.compile(_PEOPLE + re.escape(name), re.IGNORECASE), SOMEBODY)
    surname = re.match(rf"{_DOUBLE}|[一-鿿]", bare)
    if surname is None or len(bare) > 4:
        return note
    return _replaced(note, re.compile(rf"{_PEOPLE}{surname.group()}(?:{_TITLES}|某某?)"), SOMEBODY)


def _told_by(note: str) -> tuple[str, str | None]:
    found = _TELLS.search(level(note))
    return _replaced(note, _TELLS, SOMEBODY), found["who"] if found else None
