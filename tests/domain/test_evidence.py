"""Which photos are taken, in whose words another is refused, and how far one agrees with its ticket."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridward.domain.errors import Refusal
from gridward.domain.evidence import (
    Claim,
    FileKind,
    Mark,
    PhotoRules,
    check_bytes,
    check_digest,
    check_dimensions,
    check_kind,
    check_pace,
    check_quota,
    claim_from,
    compare,
    recognise,
)

NOON = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)
LON, LAT = 113.1, 23.0
METRE = 1 / 110_900  # degrees of latitude here

HEADS = {
    FileKind.jpeg: b"\xff\xd8\xff\xe0",
    FileKind.png: b"\x89PNG\r\n\x1a\n",
    FileKind.webp: b"RIFF\x10\0\0\0WEBPVP8 ",
    FileKind.heic: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    FileKind.avif: b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif",
    FileKind.gif: b"GIF89a\1\0\1\0",
    FileKind.tiff: b"II*\0\x08\0\0\0",
    FileKind.bmp: b"BM\x36\0\0\0",
    FileKind.svg: b'\xef\xbb\xbf <svg xmlns="http://www.w3.org/2000/svg">',
    FileKind.pdf: b"%PDF-1.7",
    FileKind.video: b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
    FileKind.unknown: b"hello, I am a picture",
}


@pytest.mark.parametrize("kind", list(FileKind))
def test_every_kind_is_known_by_its_first_bytes_and_refused_in_its_own_words(kind: FileKind) -> None:
    assert recognise(HEADS[kind]) is kind
    if kind in (FileKind.jpeg, FileKind.png, FileKind.webp):
        assert check_kind(HEADS[kind]) is kind
    else:
        with pytest.raises(Refusal) as refused:
            check_kind(HEADS[kind])
        assert refused.value.code == f"photo_{kind.value}_refused"


@given(st.binary(max_size=80))
def test_no_bytes_make_it_stumble(head: bytes) -> None:
    assert recognise(head) in FileKind


RULES = PhotoRules()


@pytest.mark.parametrize(("width", "height"), [(12_000, 3_333), (6_324, 6_324), (1, 1)])
def test_pictures_up_to_the_caps_are_taken(width: int, height: int) -> None:
    check_dimensions(width, height, RULES)


@pytest.mark.parametrize(("width", "height"), [(12_001, 1), (1, 12_001), (8_000, 5_001)])
def test_pictures_beyond_a_side_or_40_megapixels_are_not(width: int, height: int) -> None:
    with pytest.raises(Refusal, match="photo_too_many_pixels"):
        check_dimensions(width, height, RULES)


def test_one_byte_too_much_is_too_much() -> None:
    check_bytes(RULES.max_bytes, RULES)
    with pytest.raises(Refusal, match="photo_too_large"):
        check_bytes(RULES.max_bytes + 1, RULES)


def test_a_slow_phone_has_its_grace_and_a_dripping_one_is_let_go() -> None:
    check_pace(1, RULES.grace_s, RULES)
    check_pace(40_001, 20.0, RULES)
    with pytest.raises(Refusal, match="photo_too_slow"):
        check_pace(39_999, 20.0, RULES)


@pytest.mark.parametrize(
    ("photos", "person", "everybody", "code"),
    [
        (RULES.person_photos, 0, 0, "quota_exceeded"),
        (1, RULES.person_bytes, 0, "quota_exceeded"),
        (1, 0, RULES.jurisdiction_bytes, "storage_full"),
    ],
)
def test_quotas(photos: int, person: int, everybody: int, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        check_quota(person_photos=photos, person_bytes=person, jurisdiction_bytes=everybody, size=1, rules=RULES)


@pytest.mark.parametrize("digest", ["", "a" * 63, "A" * 64, "g" * 64, "../" + "a" * 61, "a" * 64 + "\n"])
def test_a_digest_is_64_lower_case_digits(digest: str) -> None:
    with pytest.raises(Refusal, match="photo_digest_malformed"):
        check_digest(digest)


def seen(metres: float = 0.0, minutes: float = 0.0) -> Claim:
    return Claim(taken_at=NOON + timedelta(minutes=minutes), lon=LON, lat=LAT + metres * METRE)


@pytest.mark.parametrize(
    ("metres", "accuracy", "near"), [(190, 0, True), (215, 0, False), (215, 30, True), (900, 30, False)]
)
def test_near_is_200_metres_plus_the_accuracy(metres: float, accuracy: float, near: bool) -> None:
    found = compare(seen(metres), lon=LON, lat=LAT, accuracy_m=accuracy)
    assert found.near is near
    assert (Mark.photo_far in found.marks) is not near
    assert found.distance_m == pytest.approx(metres, rel=0.01)


@pytest.mark.parametrize(
    ("minutes", "marks"),
    [(-70, (Mark.photo_early,)), (-65, ()), (0, ()), (9, ()), (11, (Mark.photo_late,))],
)
def test_an_after_photo_was_taken_between_the_order_and_its_answer(minutes: float, marks: tuple[Mark, ...]) -> None:
    found = compare(
        seen(0, minutes), lon=LON, lat=LAT, accuracy_m=5, not_before=NOON - timedelta(minutes=55), not_after=NOON
    )
    assert found.marks == marks


def test_a_silent_photo_is_marked_and_nothing_more() -> None:
    found = compare(Claim(), lon=LON, lat=LAT, accuracy_m=5, not_before=NOON, not_after=NOON)
    assert (found.near, found.distance_m) == (None, None)
    assert found.marks == (Mark.photo_without_place, Mark.photo_without_time)


WORDS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(["", "2026-09-01T12:00:00", "x"])
)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("lon", "lat", "taken_at", "accuracy_m", "zone_assumed"), WORDS))
)
def test_no_claim_is_refused_and_none_is_nonsense(said: dict[str, object]) -> None:
    claim = claim_from(said)
    assert (claim.lon is None) == (claim.lat is None)
    assert claim.lon is None or (math.isfinite(claim.lon) and -180 <= claim.lon <= 180)
    assert claim.taken_at is None or claim.taken_at.tzinfo is not None
    assert claim_from(claim.as_json()) == claim
    compare(claim, lon=LON, lat=LAT, accuracy_m=5)


def test_the_middle_of_the_ocean_is_no_place() -> None:
    assert claim_from({"lon": 0.0, "lat": 0.0}).lon is None


def test_a_phone_cannot_make_every_place_near_by_claiming_no_accuracy() -> None:
    far = Claim(lon=LON, lat=LAT + 1_000 * METRE, accuracy_m=1e9)
    assert compare(far, lon=LON, lat=LAT, accuracy_m=10).near is False
