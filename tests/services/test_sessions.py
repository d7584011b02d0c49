"""Who is signed in: what was revoked, disabled or changed counts at the next look."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update

from cast import Member, Town
from gridward.persistence.accounts.rows import GrantRow, PersonRow, SessionRow
from gridward.services.accounts.sign_in import actor_of_person, standing_of_session, touch


async def test_everybody_of_the_cast_is_who_the_story_says(town: Town, read, now: datetime) -> None:
    async with read() as session:
        for member in town.people.values():
            standing = await standing_of_session(session, member.token, now)
            assert standing is not None
            assert standing.actor == member.actor
            assert await actor_of_person(session, member.person_id, now, via="app") == member.actor


async def test_an_unknown_cookie_is_nobody(town: Town, read, now: datetime) -> None:
    async with read() as session:
        assert await standing_of_session(session, "made up", now) is None


async def test_a_disabled_person_is_out_at_the_next_request(volunteer: Member, write, read, now: datetime) -> None:
    async with write() as session:
        await session.execute(
            update(PersonRow).where(PersonRow.person_id == volunteer.person_id).values(disabled_at=now)
        )
    async with read() as session:
        assert await standing_of_session(session, volunteer.token, now) is None


async def test_an_ended_session_is_out(volunteer: Member, write, read, now: datetime) -> None:
    async with write() as session:
        await session.execute(
            update(SessionRow).where(SessionRow.person_id == volunteer.person_id).values(ended_at=now)
        )
    async with read() as session:
        assert await standing_of_session(session, volunteer.token, now) is None


async def test_a_grant_that_ran_out_is_gone_and_the_rest_stays(dispatcher: Member, write, read, now: datetime) -> None:
    async with write() as session:
        await session.execute(
            update(GrantRow).where(GrantRow.person_id == dispatcher.person_id).values(valid_to=now + timedelta(hours=1))
        )
    async with read() as session:
        before = await standing_of_session(session, dispatcher.token, now + timedelta(minutes=59))
        after = await standing_of_session(session, dispatcher.token, now + timedelta(hours=1))
    assert before is not None
    assert before.actor.roles == dispatcher.actor.roles
    assert after is not None
    assert after.actor.roles == frozenset()


async def test_a_volunteer_stays_180_idle_days_and_an_administrator_two_hours(
    volunteer: Member, system_admin: Member, read, now: datetime
) -> None:
    async with read() as session:
        assert await standing_of_session(session, volunteer.token, now + timedelta(days=180)) is not None
        assert await standing_of_session(session, volunteer.token, now + timedelta(days=180, seconds=1)) is None
        assert await standing_of_session(session, system_admin.token, now + timedelta(hours=2)) is not None
        assert await standing_of_session(session, system_admin.token, now + timedelta(hours=2, seconds=1)) is None


async def test_use_keeps_a_session_alive(system_admin: Member, write, read, now: datetime) -> None:
    later = now + timedelta(hours=1, minutes=50)
    async with write() as session:
        await touch(session, system_admin.token, later)
    async with read() as session:
        assert await standing_of_session(session, system_admin.token, later + timedelta(hours=1)) is not None
