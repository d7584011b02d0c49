"""The two long-running programs, and the contract that the first one publishes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from gridward import app as api
from gridward import logs, worker
from gridward.cli.migrating import insist, look
from gridward.cli.program import WRONG_SETTINGS, app, checkout, console, database, settings, stop
from gridward.cli.seal_receiver import copy_of
from gridward.domain.errors import Refusal
from gridward.gateways.blobstore import blob_store, try_out
from gridward.gateways.sealing import FILE as SEALS
from gridward.gateways.sealing import FileAnchors
from gridward.persistence.entries import new_id
from gridward.settings import Settings, install_secrets

Lifeline = Annotated[bool, typer.Option(hidden=True, help="Stop when standard input ends.")]


def hold_lifeline() -> None:
    """End with the program that started us, however it ended: its death closes our standard input."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def settle(chosen: Settings, url: str) -> None:
    """The children of uvicorn read the environment again: they must find what was decided here."""
    os.environ["DATABASE_URL"] = url
    os.environ["GRIDWARD_DATA"] = str(chosen.folder)
    insist(look(url, allow_unsafe=chosen.allow_unsafe_database, migrated=True))
    look_at_photos(chosen)


WHY_NOT = {
    "folder": "the folder cannot be written",
    "bucket": "there is no such bucket",
    "credentials": "the bucket's server does not accept these credentials",
    "unreachable": "the bucket's server does not answer as one should",
}


def look_at_photos(chosen: Settings) -> None:
    """A store that cannot keep photos is found out now and not by the first volunteer."""
    try:
        asyncio.run(try_out(blob_store(chosen.blob_store), f"trials/{new_id().hex}"))
    except Refusal as refused:
        why = WHY_NOT.get(refused.facts.get("why", ""), refused.code)
        look_there = " and ".join(refused.facts.get("settings", ["GRIDWARD_BLOBS"]))
        stop(f"Photos cannot be kept in {chosen.blob_store}: {why}. Look at {look_there}.", WRONG_SETTINGS)
    except OSError as error:
        stop(f"Photos cannot be kept in {chosen.blob_store}: {error.strerror}. Look at GRIDWARD_BLOBS.", WRONG_SETTINGS)


@app.command()
def serve(lifeline: Lifeline = False) -> None:
    """Run the API and serve the pages."""
    chosen = settings()
    if lifeline:
        hold_lifeline()
    with database(chosen, role="gridward_app") as url:
        logs.configure(chosen.log_format, chosen.log_level)
        settle(chosen, url)
        uvicorn.run(
            "gridward.app:from_environment",
            factory=True,
            host=chosen.host,
            port=chosen.port,
            workers=chosen.processes,
            proxy_headers=bool(chosen.trusted_proxies),
            forwarded_allow_ips=list(chosen.trusted_proxies),
            server_header=False,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=10,
        )


@app.command(name="worker")
def work(lifeline: Lifeline = False) -> None:
    """Run the worker: reminders, breaches, messages."""
    chosen = settings()
    if lifeline:
        hold_lifeline()
    with database(chosen, role="gridward_worker") as url:
        logs.configure(chosen.log_format, chosen.log_level)
        settle(chosen, url)
        most = max(2, chosen.database_connections // 2)
        keys = install_secrets(chosen.folder)
        asyncio.run(
            worker.run(
                url,
                connections=most,
                blobs=blob_store(chosen.blob_store),
                push=api.push_channel(chosen, keys),
                sms=api.sms_channel(chosen, keys),
                webhooks=api.webhook_channel(chosen, keys),
                anchors=FileAnchors(chosen.folder / SEALS),
                copy=copy_of(chosen),
                public_url=chosen.origin,
            )
        )


@app.command()
def openapi(
    write: Annotated[bool, typer.Option(help="Write openapi/openapi.json.")] = False,
    check: Annotated[bool, typer.Option(help="Fail when openapi/openapi.json is not what the routes say.")] = False,
) -> None:
    """Print the API's description (OpenAPI 3.1)."""
    made = json.dumps(api.create_app(None).openapi(), indent=2, ensure_ascii=False) + "\n"
    kept: Path = checkout("openapi", "openapi.json")
    if write:
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(made)
        console.print(f"wrote {kept}")
    elif check:
        if not kept.exists() or kept.read_text() != made:
            stop("openapi/openapi.json is not what the routes say: run `gridward openapi --write`, read the change")
        console.print("openapi/openapi.json is what the routes say")
    else:
        sys.stdout.write(made)
