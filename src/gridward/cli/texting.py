"""`gridward sms`: where text messages go, how the gateway knows that they are ours, and one sent to see that it arrives."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from gridward import app as api
from gridward.cli.program import WRONG_SETTINGS, app, settings, stop
from gridward.domain.accounts_sign_in import CODE_SPAN, normal_phone
from gridward.gateways.channels.calling import Outcome
from gridward.gateways.channels.sms import GatewaySms, SignInCode
from gridward.settings import install_secrets

TRIED = "000000"
"""A code that lets nobody in."""


@app.command("sms")
def sms(
    to: Annotated[
        str | None, typer.Option("--to", metavar="PHONE", help="Send one there, to see that it arrives.")
    ] = None,
) -> None:
    """Say where text messages go and the secret that their gateway checks signatures with; send one to try it out."""
    chosen = settings()
    channel = api.sms_channel(chosen, install_secrets(chosen.folder))
    if not isinstance(channel, GatewaySms):
        stop(f"No gateway: GRIDWARD_SMS={chosen.sms}. Set it to the https address of yours.", WRONG_SETTINGS)
    typer.echo(f"Text messages go to {channel.host}. Its secret: {channel.secret}")
    if to is not None:
        minutes = int(CODE_SPAN.total_seconds() // 60)
        message = SignInCode(phone=normal_phone(to), code=TRIED, minutes=minutes)
        answer = asyncio.run(channel.send(message))
        if answer.outcome is not Outcome.taken:
            stop(f"The gateway did not take it: {answer.why}.")
        typer.echo(
            f"The gateway has taken a message with the code {TRIED}, which lets nobody in. See whether it arrives."
        )
