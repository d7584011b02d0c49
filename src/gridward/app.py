"""The API process: the parts are made here from the settings, and nowhere else."""

from __future__ import annotations

import asyncio
import gc
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import FrameType

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from gridward import logs, settings
from gridward.gateways import blobstore, built_files, erasures, pictures
from gridward.gateways.channels.push import NoPush, PushChannel, WebPush
from gridward.gateways.channels.sms import ConsoleSms, GatewaySms, NoSms, SmsChannel
from gridward.gateways.channels.webhook import NoWebhooks, WebhookChannel, Webhooks
from gridward.gateways.phone_numbers import NumberKey
from gridward.persistence.database import make_engine
from gridward.settings import CHECKOUT, Secrets, Settings
from gridward.web import problems
from gridward.web.changes_follower import Follower
from gridward.web.deps import Parts
from gridward.web.gate import Gate, Sizes
from gridward.web.guards import OwnRequests
from gridward.web.headers import Headers
from gridward.web.imports import MOST_BODY
from gridward.web.overload import Overload
from gridward.web.routers import OPEN_PAGES, ROUTERS
from gridward.web.shelf import Shelf
from gridward.web.too_large import TooLarge

log = structlog.get_logger()

API = "/api/v1"
PAGES = CHECKOUT / "frontend" / "dist"
UNOBSERVED: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""Looking whether anybody listens costs each request 3 %, and what it would tell holds people's words."""
MOST_JSON_BYTES = 1_000_000  # photos and files to be imported say their own, larger limit


class Gridward(FastAPI):
    """FastAPI inside the middleware that also reaches the answers to its own faults."""

    def build_middleware_stack(self) -> ASGIApp:
        parts: Parts | None = self.state.parts
        stack = TooLarge(super().build_middleware_stack())
        if parts is None:
            return Headers(stack, secure=False)
        origins = parts.base_map.origins if parts.base_map is not None else ()
        return Headers(stack, secure=parts.secure_cookies, pictures_from=origins)


def clock() -> datetime:
    return datetime.now(UTC)


def create_app(parts: Parts | None, *, pages: Path | None = PAGES, assets: Path | None = None) -> FastAPI:
    """The application around its parts.

    Args:
        parts: What routes may ask for; None only to describe the routes.
        pages: The built frontend; None serves the API alone.
        assets: Where its files lie together with those of earlier builds; None: only its own are given out.
    """
    app = Gridward(
        title="Gridward",
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=closing,
        # Around `Overload`, which reads a body before its route is found and says how much of it; the routes say the rest.
        max_body_size=MOST_BODY,
        telemetry=UNOBSERVED,
    )
    app.state.parts = parts
    app.state.follower = None if parts is None else Follower(parts.engine, parts.now)
    problems.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
    if parts is not None:
        app.add_middleware(
            Overload,
            gate=parts.gate,
            telephone=parts.telephone,
            most_body_bytes=MOST_JSON_BYTES,
            most_file_bytes=MOST_BODY,
        )
        app.add_middleware(OwnRequests, public_url=parts.public_url)
    app.router.routes.extend(routes())
    app.add_api_route("/api/{rest:path}", nothing_here, include_in_schema=False)
    if pages is not None:
        serve_pages(app, pages, assets or pages / "assets")
    return app


@cache
def routes() -> tuple[BaseRoute, ...]:
    """Every route of the API and of the open pages, made ready once in a process.

    FastAPI would make them ready anew for each application, and when the first requests come by: the better part of a
    second in which nobody is answered.
    """
    whole = APIRouter(max_body_size=MOST_JSON_BYTES)
    for router in ROUTERS:
        whole.include_router(router, prefix=API)
    for router in OPEN_PAGES:
        whole.include_router(router)
    for _ in iter_route_contexts(whole.routes):
        pass
    return tuple(whole.routes)


@asynccontextmanager
async def closing(app: FastAPI) -> AsyncIterator[None]:
    log.info("api.started")
    if app.state.follower is not None:
        end_streams_when_told_to_stop(app.state.follower)
    parts: Parts | None = app.state.parts
    if parts is not None:
        await parts.telephone.learn(parts.engine)
    yield
    log.info("api.stopped")
    if parts is not None:
        await parts.pictures.close()
        await parts.engine.dispose()


def end_streams_when_told_to_stop(follower: Follower) -> None:
    """The server waits for open answers before it says here that it stops: streams would never end."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)
        if not callable(before) or threading.current_thread() is not threading.main_thread():
            continue

        def told(number: int, frame: FrameType | None, before: Callable[..., object] = before) -> None:
            loop.call_soon_threadsafe(follower.close)
            before(number, frame)

        signal.signal(number, told)


async def nothing_here(rest: str) -> None:
    """A browser that asks for an unknown address below /api must not get the start page for an answer."""
    raise HTTPException(404)


def serve_pages(app: FastAPI, pages: Path, assets: Path) -> None:
    if (pages / "index.html").exists():
        # A file of a build that is gone is no page of the application: it would be kept under that name for a year.
        app.frontend("/assets", directory=assets, fallback=None)
        app.frontend("/", directory=pages, fallback="index.html")
    else:
        app.add_route("/", not_built, include_in_schema=False)


async def not_built(_: object) -> PlainTextResponse:
    return PlainTextResponse("The pages are not built: `make run`, or `npm run build` in frontend/.\n", 503)


def built_from(chosen: Settings, secrets: Secrets, database_url: str) -> Parts:
    return Parts(
        engine=make_engine(database_url, role="gridward_app", pool_size=chosen.database_connections),
        now=clock,
        blobs=blobstore.blob_store(chosen.blob_store),
        pictures=pictures.PictureWorkers(waiting=chosen.uploads_at_once),
        sms=sms_channel(chosen, secrets),
        push=push_channel(chosen, secrets),
        webhooks=webhook_channel(chosen, secrets),
        secret_key=secrets.session,
        number_key=NumberKey(secrets.household),
        public_url=chosen.origin,
        secure_cookies=chosen.secure,
        base_map=chosen.shown_base_map,
        gate=Gate(
            Sizes(
                chosen.requests_at_once or chosen.database_connections, chosen.uploads_at_once, chosen.streams_at_once
            )
        ),
        erasures=erasures.FileLedger(chosen.folder / erasures.FILE),
        file_rows=chosen.file_rows,
        tiles=Shelf(chosen.tiles_kept_mb << 20),
    )


def sms_channel(chosen: Settings, secrets: Secrets) -> SmsChannel:
    if chosen.sms == "off":
        return NoSms()
    if chosen.sms == "console":
        return ConsoleSms()
    return GatewaySms(key=secrets.webhook, address=chosen.sms, clock=clock, allow_private=chosen.allow_private_push)


def push_channel(chosen: Settings, secrets: Secrets) -> PushChannel:
    if chosen.push == "off":
        return NoPush()
    # A push service wants to know whom to write to when something is wrong with what we send.
    contact = chosen.origin if chosen.secure else "mailto:operator@localhost"
    return WebPush(secrets.push, contact, hosts=chosen.push_hosts, allow_private=chosen.allow_private_push)


def webhook_channel(chosen: Settings, secrets: Secrets) -> WebhookChannel:
    if not chosen.webhook_hosts:
        return NoWebhooks()
    return Webhooks(key=secrets.webhook, hosts=chosen.webhook_hosts, allow_private=chosen.allow_private_push)


REQUEST_OBJECTS = 20_000
"""So many more objects than were let go, and Python looks for circles: some ten requests' worth."""


def from_environment() -> FastAPI:
    """For uvicorn, in each of its processes."""
    chosen = settings.read()
    logs.configure(chosen.log_format, chosen.log_level)
    if chosen.database_url is None:
        raise settings.SettingsRefused("DATABASE_URL is not set: `gridward serve` finds or starts the embedded one")
    parts = built_from(chosen, settings.install_secrets(chosen.folder), chosen.database_url.get_secret_value())
    made = create_app(parts, assets=assets_with_earlier(chosen.folder / "assets", parts.now()))
    # Garbage is looked for among what requests leave, not among what a process is made of, and not at every turn.
    gc.freeze()
    gc.set_threshold(REQUEST_OBJECTS, 20, 20)
    return made


def assets_with_earlier(folder: Path, now: datetime) -> Path | None:
    """A folder that cannot be written keeps no page from opening: then the files of this build are all there is."""
    built = PAGES / "assets"
    if not built.exists():
        return None
    try:
        return built_files.with_earlier(built, folder, now)
    except OSError:
        log.warning("assets.not_kept", exc_info=True)
        return None
