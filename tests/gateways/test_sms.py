"""Text messages through the operator's gateway: signed, in the provider's words, and what a bad gateway costs."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from gridward.domain.notifications_outward import Text
from gridward.gateways.channels.sms import GatewaySms, SignInCode, TicketText
from webhook_receiver import HANG, MOVED, Receiver

NOON = datetime(2026, 9, 1, 4, tzinfo=UTC)
CODE = SignInCode(phone="13800000000", code="123456", minutes=10)


def channel(gateway: Receiver) -> GatewaySms:
    return GatewaySms(key=b"w" * 32, address=gateway.address, clock=lambda: NOON, allow_private=True, timeout_s=0.5)


async def test_the_gateway_gets_the_template_its_values_and_the_whole_text_signed() -> None:
    async with Receiver() as gateway:
        sms = channel(gateway)
        await sms.send(CODE)
        await sms.send(TicketText(phone="13900000000", kind=Text.overdue, link="https://grid.example.org/t/1"))
    first, second = gateway.said()
    assert first == {
        "phone": "13800000000",
        "kind": "sign_in_code",
        "values": {"code": "123456", "minutes": 10},
        "text": "您的登录验证码是 123456，10 分钟内有效。请勿告诉他人。",
    }
    assert (second["kind"], second["values"]) == ("overdue", {"link": "https://grid.example.org/t/1"})
    for _, headers, body in gateway.came:
        signed = f"{int(NOON.timestamp())}.".encode() + body
        made = hmac.new(sms.secret.encode(), signed, hashlib.sha256).hexdigest()
        assert headers["x-gridward-signature"] == f"t={int(NOON.timestamp())},v1={made}"


@pytest.mark.parametrize(
    ("answer", "outcome", "why"),
    [
        (HANG, "later", "TimeoutError"),
        (MOVED, "refused", "302"),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", "later", "500"),
        (b"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n", "refused", "400"),
    ],
    ids=["hangs", "moved", "breaks", "refuses"],
)
async def test_one_that_did_not_take_it_is_not_believed(answer: bytes, outcome: str, why: str) -> None:
    """What is refused is not tried again; what may pass is."""
    async with Receiver(answer=lambda _: answer) as gateway:
        said = await channel(gateway).send(CODE)
    assert (said.outcome, said.why) == (outcome, why)


async def test_a_gateway_inside_is_not_called() -> None:
    """Like every address that somebody gives: nothing on this machine or in the private network behind it."""
    async with Receiver() as gateway:
        inside = gateway.address.replace("http:", "https:").replace("127.0.0.1", "localhost")
        sms = GatewaySms(key=b"w" * 32, address=inside, clock=lambda: NOON)
        assert (await sms.send(CODE)).outcome == "refused"
    assert gateway.came == []
