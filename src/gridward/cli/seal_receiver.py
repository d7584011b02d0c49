"""`gridward seal-receiver`: who outside is sent the seals, how far that came, and how the receiver knows that they are ours."""

from __future__ import annotations

from datetime import datetime, timedelta

import typer

from gridward.cli.program import WRONG_SETTINGS, app, now, settings, stop
from gridward.gateways.sealing import FILE
from gridward.gateways.sealing_copy import CHANGED, SHORTENED, SealCopy, SealWebhook
from gridward.settings import Settings, install_secrets

LATE = timedelta(minutes=10)

LOOKED_WRONG = {
    SHORTENED: "the file is shorter than what was sent: it was cut. Hold the log against the receiver's copy with --anchors",
    CHANGED: "the file is not what was sent: it was changed. Hold the log against the receiver's copy with --anchors",
}


def copy_of(chosen: Settings) -> SealCopy | None:
    """None: nobody is sent the seals."""
    if not chosen.seal_webhook:
        return None
    key = install_secrets(chosen.folder).webhook
    receiver = SealWebhook(key=key, address=chosen.seal_webhook, allow_private=chosen.allow_private_push)
    return SealCopy(chosen.folder / FILE, receiver)


@app.command("seal-receiver")
def seal_receiver() -> None:
    """Say who is sent the seals, how far that came, and the secret by which the receiver knows that they are ours."""
    copy = copy_of(settings())
    if copy is None:
        stop("Nobody is sent the seals: GRIDWARD_SEAL_WEBHOOK names no address.", WRONG_SETTINGS)
    typer.echo(copy_text(copy, now()))
    typer.echo(f"Its secret: {copy.receiver.secret}")


def copy_text(copy: SealCopy, at: datetime) -> str:
    """What the receiver of the seals has, as far as it said so."""
    reached, host = copy.progress(), copy.receiver.host
    if reached.why in LOOKED_WRONG:
        return f"Nothing more is sent to {host}: {LOOKED_WRONG[reached.why]}."
    when = f", last at {reached.taken_at:%Y-%m-%d %H:%M:%S} UTC" if reached.taken_at else ""
    said = (
        f"{host} has said that it has {reached.at} bytes of the seals{when}."
        if reached.at
        else f"{host} has none of the seals yet."
    )
    if not reached.waits:
        return said
    waits = f" {reached.waits} bytes wait."
    since = reached.taken_at
    if reached.why is not None and reached.asked_at != since:
        return f"{said}{waits} The last call came to nothing ({reached.why}): look at the receiver."
    return said + waits + ("" if since is None or at - since < LATE else " Does the worker run?")
