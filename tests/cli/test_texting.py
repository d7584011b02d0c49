"""``gridward sms``: an operator sets up the gateway for text messages and sees one arrive."""

from __future__ import annotations

import asyncio
import hashlib
import hmac

from webhook_receiver import Receiver


async def test_an_operator_tries_the_gateway_out(gridward) -> None:
    async with Receiver() as gateway:
        settings = {"GRIDWARD_SMS": gateway.address, "GRIDWARD_ALLOW_PRIVATE_PUSH": "true"}
        done = await asyncio.to_thread(gridward, "sms", "--to", "138 0000 0000", **settings)
        assert done.returncode == 0, done.stderr
        gateway.answer = lambda _: b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"
        refused = await asyncio.to_thread(gridward, "sms", "--to", "13800000000", **settings)
    assert "See whether it arrives" in done.stdout
    (said, _) = gateway.said()
    assert (said["phone"], said["kind"]) == ("13800000000", "sign_in_code")
    _, headers, body = gateway.came[0]
    at, _, made = headers["x-gridward-signature"].partition(",v1=")
    secret = done.stdout.partition("Its secret: ")[2].split()[0]
    signed = f"{at.removeprefix('t=')}.".encode() + body
    assert made == hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert (refused.returncode, "403" in refused.stderr + refused.stdout) == (1, True)


def test_without_a_gateway_it_says_what_to_set(gridward) -> None:
    told = gridward("sms")
    assert (told.returncode, "GRIDWARD_SMS" in told.stderr + told.stdout) == (2, True)
    plain = gridward("sms", GRIDWARD_SMS="http://sms.example.org/send")
    assert (plain.returncode, "https" in plain.stderr + plain.stdout) == (2, True)
