"""How a person comes in: what a link, a code and a password must be, how often one may try, how long it lasts."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from gridward.domain.errors import Malformed

NOTICE_VERSION = "2026-11"
"""The privacy notice that a person is shown now; what was agreed to is kept with the person."""

INVITE_SPAN = timedelta(days=7)
CODE_SPAN = timedelta(minutes=10)
CODE_TRIES = 5
CODE_DIGITS = 6
PRINTED_TRIES = 5
PRINTED_DIGITS = 8
PASSWORD_LENGTH = range(12, 129)
LOG_SPAN = timedelta(days=180)


class Way(StrEnum):
    """A way in, as the sign-in log names it. ``code_ask`` is the request for a code, ``code`` its use."""

    invite = "invite"
    printed = "printed"
    code_ask = "code_ask"
    code = "code"
    password = "password"  # noqa: S105 - the name of a way, not a secret
    second_step = "second_step"
    sign_out = "sign_out"


class Per(StrEnum):
    number = "number"
    address = "address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most ``tries`` in ``span`` for one number (phone or login) or one network address.

    Where ``failures_only``, a try that let somebody in does not count: a hundred volunteers may start in one hall.
    """

    per: Per
    tries: int
    span: timedelta
    failures_only: bool


def _limit(per: Per, tries: int, minutes: int, *, failures_only: bool = True) -> Limit:
    return Limit(per=per, tries=tries, span=timedelta(minutes=minutes), failures_only=failures_only)


LIMITS: dict[Way, tuple[Limit, ...]] = {
    Way.invite: (_limit(Per.address, 60, 60),),
    Way.printed: (_limit(Per.number, 10, 60), _limit(Per.address, 30, 60)),
    Way.code_ask: (
        _limit(Per.number, 1, 1, failures_only=False),
        _limit(Per.number, 5, 60, failures_only=False),
        _limit(Per.number, 10, 24 * 60, failures_only=False),
        _limit(Per.address, 60, 60, failures_only=False),
    ),
    Way.code: (_limit(Per.number, 15, 60), _limit(Per.address, 30, 60)),
    Way.password: (_limit(Per.number, 10, 15), _limit(Per.address, 50, 15)),
    Way.second_step: (_limit(Per.number, 5, 15), _limit(Per.address, 50, 15)),
}


def normal_phone(text: str) -> str:
    """Eleven digits of a mainland mobile number, from what people write: spaces, dashes, +86, full-width digits.

    Raises:
        Malformed: ``phone_malformed``.
    """
    digits = re.sub(r"[\s\-‐-―()（）.]", "", text.translate(str.maketrans("０１２３４５６７８９＋", "0123456789+")))
    digits = re.sub(r"^(?:\+|00)?86(?=1\d{10}$)", "", digits)
    if not re.fullmatch(r"1[3-9]\d{9}", digits, re.ASCII):
        raise Malformed("phone_malformed")
    return digits


def masked_phone(phone: str | None) -> str | None:
    """``138****1234``."""
    return None if phone is None else f"{phone[:3]}****{phone[-4:]}"


def normal_login(text: str) -> str:
    """A login name in lower case: 3 to 40 letters, digits, dots, dashes, underscores; an unreadable one matches nobody.

    Raises:
        Malformed: ``login_malformed``.
    """
    login = text.strip().lower()
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{2,39}", login):
        raise Malformed("login_malformed")
    return login


def token_digest(token: str) -> bytes:
    """What is stored of a cookie or an invite's link (32 bytes); the token itself has 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


def keyed_digest(key: bytes, purpose: str, *parts: str) -> bytes:
    """What is stored of a short code, a phone or a login: without the key nobody finds it by trying (32 bytes)."""
    return hmac.new(key, "\x1f".join((purpose, *parts)).encode(), hashlib.sha256).digest()


def code_digits(text: str, digits: int) -> str:
    """The digits of a code as people copy it (spaces, full-width).

    Raises:
        Malformed: ``code_malformed`` with the number of digits.
    """
    bare = re.sub(r"[\s\-]", "", text.translate(str.maketrans("０１２３４５６７８９", "0123456789")))
    if not re.fullmatch(rf"\d{{{digits}}}", bare, re.ASCII):
        raise Malformed("code_malformed", digits=digits)
    return bare


_COMMON = ("password", "passw0rd", "qwerty", "admin", "letmein", "welcome", "abc123", "iloveyou", "gridward", "woaini")
_RUNS = ("01234567890", "09876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")


def check_password(password: str, about: Iterable[str]) -> None:
    """Long enough and not what anybody would try first; ``about`` are the person's login, phone and the like.

    No rule asks for signs or capitals: they make passwords worse, length makes them better.

    Raises:
        Malformed: ``password_too_short``, ``password_too_long`` (facts ``least``, ``most``), ``password_guessable``.
    """
    if len(password) not in PASSWORD_LENGTH:
        code = "password_too_short" if len(password) < PASSWORD_LENGTH.start else "password_too_long"
        raise Malformed(code, least=PASSWORD_LENGTH.start, most=PASSWORD_LENGTH.stop - 1)
    low = password.lower()
    rest = low
    for word in (*_COMMON, *(known.lower() for known in about if len(known) > 2)):
        rest = rest.replace(word, "")
    for run in _RUNS:
        for start in range(len(run) - 3):
            rest = rest.replace(run[start : start + 4], "")
    if len(set(low)) < 6 or len(rest) < 6:
        raise Malformed("password_guessable")


def in_app_browser(user_agent: str) -> str | None:
    """The app whose built-in browser this is; there a sign-in would be lost with the app's own storage."""
    for sign, app in (
        ("wxwork", "wecom"),
        ("MicroMessenger", "wechat"),
        ("DingTalk", "dingtalk"),
        (" QQ/", "qq"),
        ("AlipayClient", "alipay"),
        ("Weibo", "weibo"),
        ("aweme", "douyin"),
    ):
        if sign in user_agent:
            return app
    return None
