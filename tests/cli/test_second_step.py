"""``gridward second-step take-off``, as it is typed when the last security administrator has lost the authenticator."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import Member, Town
from conftest import Write
from serving import serve
from web.test_second_step import roles, set_up


async def test_the_last_security_administrator_comes_in_again(
    gridward,
    town: Town,
    security_admin: Member,
    dispatcher: Member,
    engine: AsyncEngine,
    tmp_path: Path,
    write: Write,
    read,
) -> None:
    served = serve(engine, tmp_path)
    served.clock.at = datetime.now(UTC)
    async with write() as session:
        await session.execute(text("UPDATE session SET seen_at = :now"), {"now": served.clock.at})
    async with served.browser(security_admin) as rights, served.browser(dispatcher) as desk:
        await set_up(served, rights)
        meant = {"admins_apart": True, "required": ["security_admin"]}
        assert (await rights.put("safety", json=meant)).status_code == 204

        nobody = gridward("second-step", "take-off", "没有这个人")
        assert (nobody.returncode, "is the name written as on the roster" in nobody.stderr + nobody.stdout) == (1, True)
        none = gridward("second-step", "take-off", dispatcher.name)
        assert none.returncode == 0
        assert "has no second step" in none.stderr + none.stdout
        assert await roles(desk) == ["dispatcher"], "nobody was signed out for nothing"

        done = gridward("second-step", "take-off", security_admin.name, "--phone", security_admin.phone)
        assert done.returncode == 0, done.stderr
        assert "sets the second step up anew" in done.stderr + done.stdout
        assert (await rights.get("hello")).json()["session"] is None
    async with read() as session:
        told = await session.execute(
            text(
                "SELECT verb, via, actor_id FROM entry WHERE subject_id = :id AND verb LIKE 'second_step%' ORDER BY entry_id"
            ),
            {"id": security_admin.person_id},
        )
        assert [tuple(row) for row in told] == [
            ("second_step.set_up", "app", security_admin.person_id),
            ("second_step.taken_off", "cli", None),
        ]
