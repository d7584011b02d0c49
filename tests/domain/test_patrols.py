"""A walk as a phone tells it, and what can honestly be said of it; who walks when; what was missed."""

from __future__ import annotations

import itertools
import math
import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridward.domain.errors import Malformed
from gridward.domain.patrols.plans import read_rota, turn_of, turns_between
from gridward.domain.patrols.rules import How, Miss, WalkRules
from gridward.domain.patrols.track import Fix, read_fixes, track_of, write_fixes
from gridward.domain.patrols.walk import Checkpoint, Claim, Verdict, Walked, judge, missed_turns, reached

LON, LAT = 113.1, 23.0
METRE_EAST, METRE_NORTH = 1 / 102_500, 1 / 110_750
ZONE = ZoneInfo("Asia/Shanghai")
RULES = WalkRules()


def at(second: float, east: float = 0.0, north: float = 0.0, accuracy: float | None = 8.0) -> Fix:
    return Fix(1_790_000_000.0 + second, LON + east * METRE_EAST, LAT + north * METRE_NORTH, accuracy)


def walk(seconds: int, *, begins: int = 0, speed: float = 1.2, every: int = 5) -> list[Fix]:
    """Eastwards on one line, from where the seconds begin."""
    return [at(second, east=speed * second) for second in range(begins, begins + seconds, every)]


def metres(path: tuple[tuple[float, float], ...]) -> float:
    steps = itertools.pairwise(path)
    return sum(math.hypot((a[0] - b[0]) / METRE_EAST, (a[1] - b[1]) / METRE_NORTH) for a, b in steps)


fixes = st.lists(
    st.builds(
        Fix,
        st.integers(0, 90_000).map(float),
        st.integers(11_300_000, 11_400_000).map(lambda one: one / 100_000),
        st.integers(2_200_000, 2_300_000).map(lambda one: one / 100_000),
        st.one_of(st.none(), st.integers(0, 500).map(float)),
    ),
    max_size=60,
)


@given(fixes)
def test_positions_come_out_as_they_were_written(written: list[Fix]) -> None:
    assert read_fixes(write_fixes(written)) == written


def test_four_hours_take_less_room_than_a_small_picture() -> None:
    steps = random.Random(4)
    track = [at(second, steps.uniform(-400, 400) / 9, second * 0.9) for second in range(0, 4 * 3600, 3)]
    assert len(write_fixes(track)) < 60_000


@pytest.mark.parametrize("text", ["?", "abc", "\x00\x01", "_" * 40, "~" * 9, "?" * 200_004])
def test_what_is_no_track_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        read_fixes(text)
    assert refused.value.code in ("patrol.fixes_unreadable", "patrol.too_many_fixes")


def test_a_straight_walk_is_one_leg_of_its_length() -> None:
    track = track_of([walk(600)])
    (leg,) = track.legs
    assert leg.length_m == pytest.approx(1.2 * 595, rel=0.02)
    assert (track.gaps, track.implausible, track.inaccurate) == ((), 0, 0)


def test_no_line_is_drawn_across_a_gap() -> None:
    before, after = walk(300), walk(300, begins=300 + 400)
    track = track_of([before + after])
    assert len(track.legs) == 2
    (gap,) = track.gaps
    assert (gap.to_at - gap.from_at) == pytest.approx(405, abs=6)
    assert gap.distance_m == pytest.approx(405 * 1.2, rel=0.03)
    assert sum(leg.length_m for leg in track.legs) == pytest.approx(2 * 295 * 1.2, rel=0.03)


def test_a_jump_is_no_way_and_the_walk_goes_on_after_it() -> None:
    track = track_of([[*walk(300), at(301, east=90_000), *walk(300, begins=305)]])
    (leg,) = track.legs
    assert leg.length_m == pytest.approx(600 * 1.2, rel=0.03)
    assert track.implausible == 1


def test_whoever_drives_has_walked_nothing() -> None:
    for speed in (6.0, 10.0, 15.0, 28.0):
        for every in (1, 2, 5, 10):
            drive = [at(second, east=speed * second) for second in range(0, 1200, every)]
            assert sum(leg.length_m for leg in track_of([drive]).legs) < 60, (speed, every)


@settings(max_examples=60)
@given(st.randoms(use_true_random=False), st.integers(0, 200))
def test_order_and_repeats_in_what_came_change_nothing(chance: random.Random, cut: int) -> None:
    track = [*walk(300), *walk(200, begins=500), at(250, accuracy=300.0)]
    mixed = track + track[:cut]
    chance.shuffle(mixed)
    again = track_of([mixed])
    assert (again.legs, again.gaps) == (track_of([track]).legs, track_of([track]).gaps)


@settings(max_examples=80)
@given(fixes)
def test_whatever_comes_no_leg_steps_over_a_gap_or_flies(told: list[Fix]) -> None:
    track = track_of([told])
    for leg in track.legs:
        assert leg.fixes >= 2
        for step in zip(leg.path, leg.path[1:], strict=False):
            assert metres(step) <= RULES.gap_m * 4
    for before, after in zip(track.legs, track.legs[1:], strict=False):
        assert before.ended_at <= after.started_at


def test_two_phones_are_no_zigzag() -> None:
    here, there = walk(600), [at(second + 2, east=1.2 * second, north=60) for second in range(0, 600, 5)]
    track = track_of([here, there])
    assert sum(leg.length_m for leg in track.legs) == pytest.approx(2 * 595 * 1.2, rel=0.03)
    assert track.implausible == 0


def test_a_standing_phone_covers_one_swath_and_reaches_nothing() -> None:
    chance = random.Random(7)
    wander = [at(second, chance.gauss(0, 4), chance.gauss(0, 4)) for second in range(0, 3600, 2)]
    track = track_of([wander])
    far = max(
        math.hypot((lon - LON) / METRE_EAST, (lat - LAT) / METRE_NORTH) for leg in track.legs for lon, lat in leg.path
    )
    assert far < 20
    area = math.pi * (far + RULES.swath_m) ** 2
    assert not reached(length_m=9_999, area_m2=area, swath_m=RULES.swath_m, checked_in=False)
    assert reached(length_m=0, area_m2=0, swath_m=RULES.swath_m, checked_in=True)


ME, OTHERS = uuid4(), [uuid4() for _ in range(3)]
FOUR_TEAMS = {
    "cycle_days": 8,
    "anchor_on": "2026-09-01",
    "shifts": [
        {"name": "早班", "starts": "08:00", "minutes": 480},
        {"name": "中班", "starts": "16:00", "minutes": 480},
        {"name": "夜班", "starts": "00:00", "minutes": 480},
    ],
    "teams": [
        {"name": f"{name}班", "members": [str(who)]} for name, who in zip("甲乙丙丁", [ME, *OTHERS], strict=True)
    ],
    "turns": [
        {"day": (day + 2 * team) % 8, "shift": shift, "team": team}
        for team in range(4)
        for day, shift in enumerate([0, 0, 1, 1, 2, 2])
    ],
    "grace_minutes": 30,
}


def test_four_teams_walk_round_the_clock_and_nobody_twice_at_once() -> None:
    rota = read_rota(FOUR_TEAMS)
    since = datetime(2026, 9, 1, tzinfo=ZONE)
    turns = list(turns_between(rota, since, since + timedelta(days=16), ZONE))
    assert len(turns) == 16 * 3
    for before, after in itertools.pairwise(turns):
        assert before.ends_at == after.starts_at, "the clock has a hole"
    for team in range(4):
        own = [turn for turn in turns if turn.team == team]
        assert len(own) == 12
        assert all(a.ends_at <= b.starts_at for a, b in itertools.pairwise(own))
    assert read_rota(rota.as_json()) == rota


def test_a_patrol_is_the_turn_that_its_walker_has_then() -> None:
    rota = read_rota(FOUR_TEAMS)
    early = datetime(2026, 9, 1, 7, 40, tzinfo=ZONE)
    found = turn_of(rota, early, ME, ZONE)
    assert found is not None
    assert (found.starts_at.hour, found.team) == (8, 0)
    assert turn_of(rota, datetime(2026, 9, 1, 17, tzinfo=ZONE), ME, ZONE) is None
    assert turn_of(rota, early, uuid4(), ZONE) is None


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("cycle_days", {"cycle_days": 0}),
        ("anchor_on", {"anchor_on": "1 September"}),
        ("shifts.0.starts", {"shifts": [{"name": "早", "starts": "25:00", "minutes": 60}]}),
        ("shifts.0.minutes", {"shifts": [{"name": "早", "starts": "05:00", "minutes": 2000}]}),
        ("teams.0.members", {"teams": [{"name": "甲", "members": []}]}),
        ("teams.0.members", {"teams": [{"name": "甲", "members": 7}]}),
        ("turns.0.team", {"turns": [{"day": 0, "shift": 0, "team": 4}]}),
        ("turns", {"turns": []}),
        ("grace_minutes", {"grace_minutes": True}),
    ],
)
def test_a_rota_that_cannot_be_is_refused_by_its_field(field: str, wrong: dict[str, object]) -> None:
    with pytest.raises(Malformed) as refused:
        read_rota(FOUR_TEAMS | wrong)
    assert refused.value.facts["field"] == field


def test_a_late_start_and_a_missing_patrol_are_facts_with_their_times() -> None:
    rota = read_rota(FOUR_TEAMS)
    since = datetime(2026, 9, 1, 8, tzinfo=ZONE)
    turn, *_ = turns_between(rota, since, since + timedelta(minutes=1), ZONE)
    grace = timedelta(minutes=30)

    def found(now: datetime, *begun: datetime) -> dict[Miss, datetime]:
        walked = [Walked(patrol_id=uuid4(), starts_at=turn.starts_at, team=0, started_at=one) for one in begun]
        return {one.kind: one.at for one in missed_turns([turn], walked, grace, now)}

    assert found(since + timedelta(minutes=29)) == {}
    assert found(since + timedelta(minutes=30)) == {Miss.start_overdue: since + grace}
    assert found(turn.ends_at) == {Miss.start_overdue: since + grace, Miss.patrol: turn.ends_at}
    assert found(turn.ends_at, since + timedelta(minutes=10)) == {}
    assert found(turn.ends_at, since + timedelta(hours=1)) == {Miss.start_overdue: since + grace}


PLAN, OTHER_PLAN = UUID(int=1), UUID(int=2)
GATE = Checkpoint(
    checkpoint_id=UUID(int=10),
    plan_id=PLAN,
    grid_id=UUID(int=20),
    lon=LON,
    lat=LAT,
    fence_m=30,
    code="ABC234",
    old_codes=("OLD999",),
)


@pytest.mark.parametrize(
    ("claim", "plan", "verdict"),
    [
        (Claim(how=How.code, code="https://grid.example.org/patrol/at/abc234"), PLAN, Verdict.counted),
        (Claim(how=How.code, code=" abc-234 "), PLAN, Verdict.counted),
        (Claim(how=How.code, code="ABC234"), None, Verdict.counted),
        (Claim(how=How.code, code="ABC234"), OTHER_PLAN, Verdict.other_plan),
        (Claim(how=How.code, code="OLD999"), PLAN, Verdict.old_sheet),
        (Claim(how=How.code, code="weixin://pay/123"), PLAN, Verdict.unknown),
        (Claim(how=How.position, checkpoint_id=GATE.checkpoint_id, lon=LON, lat=LAT), PLAN, Verdict.counted),
        (
            Claim(how=How.position, checkpoint_id=GATE.checkpoint_id, lon=LON, lat=LAT + 40 * METRE_NORTH),
            PLAN,
            Verdict.outside_fence,
        ),
        (
            Claim(how=How.position, checkpoint_id=GATE.checkpoint_id, lon=LON, lat=LAT, accuracy_m=900),
            PLAN,
            Verdict.too_inaccurate,
        ),
        (Claim(how=How.position, checkpoint_id=GATE.checkpoint_id), PLAN, Verdict.unknown),
    ],
)
def test_what_a_check_in_is_worth(claim: Claim, plan: UUID | None, verdict: Verdict) -> None:
    assert judge(claim, [GATE], plan)[0] is verdict


def test_hours_are_those_of_the_local_clock() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    rota = read_rota(
        FOUR_TEAMS
        | {"cycle_days": 1, "anchor_on": date(2026, 10, 1).isoformat(), "turns": [{"day": 0, "shift": 0, "team": 0}]}
    )
    since = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert [
        one.starts_at.astimezone(berlin).hour for one in turns_between(rota, since, since + timedelta(days=3), berlin)
    ] == [8] * 3
