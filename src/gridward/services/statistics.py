"""Months that are over, summed for figures; the worker does it, one month at a time."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from gridward.domain.statistics.months import ripe_months
from gridward.persistence.accounts.tenants import tenants
from gridward.persistence.database import WriteSession, plan_for_values
from gridward.persistence.statistics import sums


async def sum_month(session: WriteSession, now: datetime) -> bool:
    """The newest month that is over and not summed, or whose rows have changed since; False when there is none."""
    await plan_for_values(session)
    await sums.forget_all(session)
    for tenant in await tenants(session):
        first = await sums.oldest(session, tenant.jurisdiction_id)
        if first is None:
            continue
        await sums.take_turn(session, tenant.jurisdiction_id)
        fresh = await sums.fresh(session, tenant.jurisdiction_id, tenant.time_zone)
        for month in reversed(ripe_months(first, now, ZoneInfo(tenant.time_zone))):
            if month not in fresh:
                await sums.add_month(session, tenant.jurisdiction_id, tenant.time_zone, month, now)
                return True
    return False
