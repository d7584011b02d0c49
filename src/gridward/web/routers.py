"""All routes of the API, in the order in which a reader meets them."""

from __future__ import annotations

from fastapi import APIRouter

from gridward.web import evidence

ROUTERS: tuple[APIRouter, ...] = (evidence.router,)
