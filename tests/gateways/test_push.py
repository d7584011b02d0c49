"""The door to push services: what goes out, to whom it may go, and what is made of any answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from cast import NOON
from gridward.domain.errors import Malformed
from gridward.gateways.channels.calling import Answer, Outcome, is_public
from gridward.gateways.channels.push import Push, WebPush, private_key, public_point
from push_service import CREATED, HANG, PushService, Subscription, data_of, status

SECRET = b"p" * 32
POINT = public_point(private_key(SECRET))


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with PushService() as service:
        yield service


def door(**more: object) -> WebPush:
    own = {"hosts": ("127.0.0.1",), "allow_private": True, "timeout_s": 0.5, **more}
    return WebPush(SECRET, "https://grid.example.org", **own)  # type: ignore[arg-type]


def push_to(browser: Subscription, payload: bytes = b'{"kind": "assigned"}') -> Push:
    return Push(
        endpoint=browser.endpoint,
        p256dh=public_point(browser.key),
        auth=browser.auth,
        payload=payload,
        topic="t" * 32,
        ttl=timedelta(hours=4),
        urgency="high",
    )


async def test_a_message_arrives_signed_and_for_that_browser_alone(service: PushService) -> None:
    browser, other = service.subscribe(), service.subscribe()
    assert await door().send(push_to(browser), NOON) == Answer(Outcome.taken, "201")
    (got,) = service.received
    assert got.said == {"kind": "assigned"}
    assert (got.headers["ttl"], got.headers["urgency"], got.headers["topic"]) == ("14400", "high", "t" * 32)
    assert got.headers["content-encoding"] == "aes128gcm"
    assert got.claims["sub"] == "https://grid.example.org"
    assert NOON.timestamp() < got.claims["exp"] <= (NOON + timedelta(hours=24)).timestamp()
    with pytest.raises(http_ece.ECEException):
        http_ece.decrypt(got.body, private_key=other.key, auth_secret=other.auth)
    await door().send(push_to(browser), NOON)
    assert service.received[1].body != got.body, "each message has a key and a salt of its own"


def test_the_cipher_is_the_one_of_the_standard() -> None:
    # RFC 8291, appendix A.
    key = ec.derive_private_key(int.from_bytes(data_of("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")), ec.SECP256R1())
    body = data_of(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    plain = http_ece.decrypt(body, private_key=key, auth_secret=data_of("BTBZMqHH6r4Tts7J_aSIgg"))
    assert plain == b"When I grow up, I want to be a watermelon"


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        (CREATED, Answer(Outcome.taken, "201")),
        (status(200), Answer(Outcome.taken, "200")),
        (
            b"HTTP/1.1 201 Created\r\nContent-Length: 999999999\r\n\r\nthe rest never comes",
            Answer(Outcome.taken, "201"),
        ),
        (status(404), Answer(Outcome.gone, "404")),
        (status(410), Answer(Outcome.gone, "410")),
        (status(429, "Retry-After: 120"), Answer(Outcome.later, "429", timedelta(seconds=120))),
        (status(429, "Retry-After: soon"), Answer(Outcome.later, "429")),
        (status(503, "Retry-After: 99999999999"), Answer(Outcome.later, "503", timedelta(days=1))),
        (status(500), Answer(Outcome.later, "500")),
        (status(403), Answer(Outcome.refused, "403")),
        (status(413), Answer(Outcome.refused, "413")),
        (b"<html>a hotel's sign-in page</html>\r\n\r\n", Answer(Outcome.later, "RemoteProtocolError")),
        (HANG, Answer(Outcome.later, "TimeoutError")),
    ],
    ids=lambda value: value.why if isinstance(value, Answer) else None,
)
async def test_what_an_answer_means(service: PushService, answer: bytes, meant: Answer) -> None:
    service.answer = lambda _: answer
    assert await door().send(push_to(service.subscribe()), NOON) == meant


async def test_nobody_is_followed_elsewhere(service: PushService) -> None:
    elsewhere = service.subscribe()
    service.answer = lambda _: status(307, f"Location: {elsewhere.endpoint}")
    assert await door().send(push_to(service.subscribe()), NOON) == Answer(Outcome.refused, "307")
    assert len(service.received) == 1


async def test_a_service_that_is_not_there_is_tried_later(service: PushService) -> None:
    browser = service.subscribe()
    gone = replace(push_to(browser), endpoint="http://127.0.0.1:1/push")
    assert (await door().send(gone, NOON)).outcome is Outcome.later


async def test_a_name_that_leads_into_a_private_network_is_not_called() -> None:
    heard = asyncio.Event()
    server = await asyncio.start_server(lambda *_: heard.set(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    browser = Subscription("https://localhost/push")
    async with server:
        strict = door(hosts=("localhost",), allow_private=False)
        assert await strict.send(push_to(browser), NOON) == Answer(Outcome.refused, "private_address")
        browser.endpoint = f"http://localhost:{port}/push"
        assert await strict.send(push_to(browser), NOON) == Answer(Outcome.refused, "host")
    assert not heard.is_set()


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/QOabc",
        "https://wns2-pn1p.notify.windows.com/w/?token=abc",
        "https://push.of-our-own.example.org/abc",
    ],
)
def test_services_on_the_list(endpoint: str) -> None:
    door(hosts=(".of-our-own.example.org",), allow_private=False).check(endpoint, POINT)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example.org/abc",
        "https://fcm.googleapis.com.evil.example.org/abc",
        "https://evilfcm.googleapis.com/abc",
        "https://push.apple.com/abc",
        "http://fcm.googleapis.com/abc",
        "https://fcm.googleapis.com:8443/abc",
        "https://user@fcm.googleapis.com/abc",
        "https://fcm.googleapis.com/abc#part",
        "https://[fcm.googleapis.com/abc",
        "https://fcm.googleapis.com:many/abc",
        "https://fcm.googleapis.com/" + "a" * 1000,
        "https://fcm.googleapis.com/推送",
        "https://127.0.0.1/abc",
        "file:///etc/passwd",
        "",
    ],
)
def test_services_that_are_not(endpoint: str) -> None:
    with pytest.raises(Malformed, match="push_host_unknown"):
        door(hosts=(), allow_private=False).check(endpoint, POINT)


def test_keys_that_are_no_keys_are_refused_when_a_phone_subscribes() -> None:
    with pytest.raises(Malformed, match="push_keys_unreadable"):
        door().check("https://fcm.googleapis.com/abc", b"\x04" + bytes(64))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("142.250.1.95", True),
        ("2607:f8b0:4004::5f", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("172.16.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
    ],
)
def test_the_open_internet_and_what_is_none(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_the_key_is_the_installations_own_and_its_secret_is_never_shown() -> None:
    assert door().key == door().key != WebPush(b"q" * 32, "mailto:a@b.example").key
    assert len(data_of(door().key or "")) == 65
    assert repr(SECRET)[2:-1] not in repr(door())
    assert private_key(b"\xff" * 32) is not None, "every 32 bytes are a key"
