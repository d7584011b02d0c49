"""Foreign pictures: upright and bare afterwards, or refused by name; a bad one harms nobody else."""

from __future__ import annotations

import asyncio
import io
import os
import resource
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

import picture_files as files
from gridward.domain.errors import Refusal
from gridward.domain.evidence import FileKind, PhotoRules
from gridward.gateways.pictures import Developed, DirectPictures, Pictures, PictureWorkers

GUANGZHOU = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
async def workers() -> AsyncIterator[PictureWorkers]:
    workers = PictureWorkers(processes=1)
    yield workers
    await workers.close()


@pytest.fixture(params=["workers", "direct"])
def pictures(request: pytest.FixtureRequest, workers: PictureWorkers) -> Pictures:
    return workers if request.param == "workers" else DirectPictures()


def opened(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
    return picture


def is_red(picture: Image.Image, x: float, y: float) -> bool:
    red, _, blue = picture.getpixel((int(x * (picture.width - 1)), int(y * (picture.height - 1))))
    return red > blue


def assert_bare(made: Developed) -> None:
    for content in (made.full, made.thumb):
        picture = opened(content)
        assert picture.format == "JPEG"
        assert not picture.getexif()
        assert not {"exif", "xmp", "comment", "icc_profile", "photoshop"} & picture.info.keys()
        assert b"anary" not in content


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_sound_picture_is_stored_bare_with_its_claim_beside(pictures: Pictures, kind: str) -> None:
    sent = files.photo(kind=kind, taken="2026:09:01 12:00:00", lon=113.1, lat=23.0)
    made = await pictures.develop(sent, GUANGZHOU)
    assert_bare(made)
    assert made.kind is FileKind(kind.lower())
    assert made.claim.taken_at == datetime(2026, 9, 1, 4, 0, tzinfo=UTC)
    assert made.claim.zone_assumed
    assert (made.claim.lon, made.claim.lat) == (pytest.approx(113.1, abs=1e-6), pytest.approx(23.0, abs=1e-6))
    assert max(opened(made.thumb).size) == 320


async def test_a_picture_that_a_phone_made_small_does_not_grow_and_a_fine_one_is_made_smaller(
    pictures: Pictures,
) -> None:
    noise = Image.frombytes("RGB", (80, 60), os.urandom(80 * 60 * 3)).resize((800, 600), Image.Resampling.BICUBIC)
    made = {}
    for quality in (40, 98):
        out = io.BytesIO()
        noise.save(out, "JPEG", quality=quality)
        made[quality] = len((await pictures.develop(out.getvalue(), GUANGZHOU)).full) / len(out.getvalue())
    assert 0.9 < made[40] < 1.02
    assert made[98] < 0.7


async def test_a_time_with_its_offset_needs_no_zone(pictures: Pictures) -> None:
    made = await pictures.develop(files.photo(taken="2026:09:01 12:00:00", offset="+02:00"), GUANGZHOU)
    assert made.claim.taken_at == datetime(2026, 9, 1, 10, 0, tzinfo=UTC)
    assert not made.claim.zone_assumed


@pytest.mark.parametrize(
    ("orientation", "top_of_file_lies"), [(1, "top"), (3, "bottom"), (6, "right"), (8, "left"), (99, "top")]
)
async def test_it_is_upright_afterwards(pictures: Pictures, orientation: int, top_of_file_lies: str) -> None:
    made = await pictures.develop(files.photo(orientation=orientation), GUANGZHOU)
    edges = {"top": (0.5, 0.05), "bottom": (0.5, 0.95), "left": (0.05, 0.5), "right": (0.95, 0.5)}
    for content in (made.full, made.thumb):
        assert is_red(opened(content), *edges[top_of_file_lies])
    assert (made.width, made.height) == ((300, 400) if orientation in (6, 8) else (400, 300))


@pytest.mark.parametrize("mode", ["L", "CMYK", "P", "RGBA", "LA", "1", "I;16"])
async def test_any_colour_model_becomes_plain_colours(pictures: Pictures, mode: str) -> None:
    drawn = files.half_red()
    drawn = Image.new("I;16", drawn.size, 30_000) if mode == "I;16" else drawn.convert(mode)
    made = await pictures.develop(files.encoded(drawn, "JPEG" if mode == "CMYK" else "PNG"), GUANGZHOU)
    assert opened(made.full).mode == "RGB"


async def test_what_is_transparent_becomes_white(pictures: Pictures) -> None:
    made = await pictures.develop(files.encoded(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "PNG"), GUANGZHOU)
    assert opened(made.full).getpixel((20, 20)) == (255, 255, 255)


async def test_a_phones_picture_with_a_second_one_inside_is_no_animation(pictures: Pictures) -> None:
    first, second = files.half_red(), files.half_red(40, 30)
    sent = files.encoded(first, "MPO", save_all=True, append_images=[second])
    assert (await pictures.develop(sent, GUANGZHOU)).kind is FileKind.jpeg


SOUND = files.photo(size=(1200, 900))
REFUSED = {
    "photo_empty": b"",
    "photo_unknown_refused": b"I am a JPEG, believe me" * 9,
    "photo_gif_refused": files.animation("GIF"),
    "photo_tiff_refused": files.encoded(files.half_red(), "TIFF"),
    "photo_bmp_refused": files.encoded(files.half_red(), "BMP"),
    "photo_svg_refused": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "photo_pdf_refused": files.encoded(files.half_red(), "PDF"),
    "photo_avif_refused": files.encoded(files.half_red(), "AVIF"),
}
BROKEN = {
    "truncated jpeg": SOUND[: len(SOUND) // 2],
    "jpeg without its last bytes": SOUND[:-200],
    "truncated png": files.photo(kind="PNG")[:-30],
    "truncated webp": files.photo(kind="WEBP")[:-30],
    "only a header": b"\xff\xd8\xff\xe0" + b"\0" * 100,
    "png header and noise": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
    "damaged metadata": files.damaged_metadata(),
}


@pytest.mark.parametrize("code", sorted(REFUSED))
async def test_other_kinds_are_refused_by_name(pictures: Pictures, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        await pictures.develop(REFUSED[code], GUANGZHOU)
    assert refused.value.code == code


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
async def test_animations_are_refused(pictures: Pictures, kind: str) -> None:
    with pytest.raises(Refusal, match="photo_animated_refused"):
        await pictures.develop(files.animation(kind), GUANGZHOU)


@pytest.mark.parametrize("how", sorted(BROKEN))
async def test_broken_files_are_refused_as_broken(pictures: Pictures, how: str) -> None:
    with pytest.raises(Refusal) as refused:
        await pictures.develop(BROKEN[how], GUANGZHOU)
    assert refused.value.code == "photo_broken"
    assert refused.value.facts["part"] == ("metadata" if how == "damaged metadata" else "picture")


async def test_colours_and_direction_survive_a_profile_and_the_profile_and_its_words_do_not(pictures: Pictures) -> None:
    sent = files.photo(orientation=6, profile=True)
    assert b"canary xmp" in sent
    made = await pictures.develop(sent, GUANGZHOU)
    assert_bare(made)
    assert is_red(opened(made.full), 0.95, 0.5)
    red = opened(made.full).getpixel((290, 200))
    assert red == pytest.approx(files.RED, abs=4)


async def test_dimensions_are_judged_before_anything_is_decoded(pictures: Pictures) -> None:
    header_only = files.huge_png(11_000, 11_000)[:60]
    with pytest.raises(Refusal, match="photo_too_many_pixels"):
        await pictures.develop(header_only, GUANGZHOU)


async def test_a_bomb_is_refused_by_its_header(pictures: Pictures) -> None:
    bomb = files.huge_png(11_000, 11_000)
    assert len(bomb) < 100_000
    with pytest.raises(Refusal) as refused:
        await pictures.develop(bomb, GUANGZHOU)
    assert refused.value.code == "photo_too_many_pixels"
    assert refused.value.facts == {"width": 11_000, "height": 11_000, "limit_pixels": 40_000_000, "limit_side": 12_000}


async def test_a_picture_that_eats_too_much_memory_is_refused_and_the_next_is_served() -> None:
    workers = PictureWorkers(processes=1, memory_bytes=150 * 1024 * 1024)
    with pytest.raises(Refusal, match="photo_too_hard"):
        await workers.develop(files.huge_png(6_300, 6_300), GUANGZHOU)
    assert (await workers.develop(files.photo(size=(40, 30)), GUANGZHOU)).width == 40
    await workers.close()


async def test_a_picture_that_eats_too_much_processor_time_ends_its_child_and_the_next_is_served() -> None:
    workers = PictureWorkers(processes=1, cpu_s=0.0)

    async def until_it_is_too_much() -> None:
        for _ in range(6):  # the limit is in whole seconds: some of these still fit into the first
            await workers.develop(files.huge_png(6_300, 6_300), GUANGZHOU)

    with pytest.raises(Refusal, match="photo_too_hard"):
        await until_it_is_too_much()
    assert (await workers.develop(files.photo(size=(40, 30)), GUANGZHOU)).width == 40
    await workers.close()


async def test_a_child_that_hangs_is_ended_and_the_phone_told_to_come_back() -> None:
    workers = PictureWorkers(processes=1, wall_s=0.0)
    with pytest.raises(Refusal, match="photo_busy"):
        await workers.develop(SOUND, GUANGZHOU)
    await workers.close()


async def test_more_than_may_wait_are_turned_away_at_once() -> None:
    workers = PictureWorkers(processes=1, waiting=1)
    results = await asyncio.gather(*(workers.develop(SOUND, GUANGZHOU) for _ in range(5)), return_exceptions=True)
    await workers.close()
    assert [getattr(result, "code", "made") for result in results] == ["made", "made"] + ["photo_busy"] * 3


async def test_a_child_is_replaced_in_time_and_none_is_left_behind() -> None:
    others = children()
    workers = PictureWorkers(processes=1, recycle_after=2)
    seen = []
    for _ in range(3):
        await workers.develop(SOUND, GUANGZHOU)
        seen.append(children() - others)
    await workers.close()
    assert [len(one) for one in seen] == [1, 0, 1]
    assert seen[0] != seen[2]
    assert children() == others


async def test_a_child_that_was_killed_while_it_waited_is_not_held_against_the_next_picture() -> None:
    others = children()
    workers = PictureWorkers(processes=1)
    await workers.develop(SOUND, GUANGZHOU)
    (pid,) = children() - others
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(10):
        while any(child.lives for child in workers._idle):
            await asyncio.sleep(0.01)
    assert (await workers.develop(SOUND, GUANGZHOU)).width > 0
    await workers.close()


async def test_without_a_process_to_spare_the_phone_is_told_to_come_back() -> None:
    workers = PictureWorkers(processes=1)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, most[1]))
    try:
        with pytest.raises(Refusal, match="photo_busy"):
            await workers.develop(SOUND, GUANGZHOU)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, most)
    assert (await workers.develop(SOUND, GUANGZHOU)).width > 0
    await workers.close()


async def test_the_child_can_open_nothing_and_is_nobody() -> None:
    others = children()
    workers = PictureWorkers(processes=1)
    await workers.develop(SOUND, GUANGZHOU)
    (pid,) = children() - others
    limits = Path(f"/proc/{pid}/limits").read_text()
    status = Path(f"/proc/{pid}/status").read_text()
    await workers.close()
    assert "Max open files            3                    3" in limits
    assert "Max file size             0                    0" in limits
    assert "Max processes             0                    0" in limits
    assert "NoNewPrivs:\t1" in status
    assert f"CapEff:\t{0:016x}" in status
    if os.geteuid() == 0:
        assert "Uid:\t65534\t65534\t65534\t65534" in status


def children() -> set[int]:
    """The picture children of this process that are still running."""
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if parent == os.getpid() and b"pictures_child" in command:
                found.add(int(folder.name))
    return found


REAL = {
    "Landscape_3.jpg": (1800, 1200),
    "Landscape_8.jpg": (1800, 1200),
    "Portrait_6.jpg": (1200, 1800),
    "IMG_20180725_163423.jpg": (4048, 3036),
    "img_1771.jpg": (480, 360),
}


@pytest.mark.parametrize("name", sorted(REAL))
async def test_real_photos_are_upright_and_bare(workers: PictureWorkers, real_data: Path, name: str) -> None:
    made = await workers.develop((real_data / "photos" / name).read_bytes(), GUANGZHOU)
    assert (made.width, made.height) == REAL[name]
    assert_bare(made)


async def test_a_real_gps_position_is_kept_as_claim(workers: PictureWorkers, real_data: Path) -> None:
    sent = (real_data / "photos" / "IMG_20180725_163423.jpg").read_bytes()
    claim = (await workers.develop(sent, GUANGZHOU)).claim
    assert (claim.lon, claim.lat) == (pytest.approx(14.82029, abs=1e-5), pytest.approx(50.29960, abs=1e-5))
    assert claim.taken_at == datetime(2018, 7, 25, 16, 34, 23, tzinfo=GUANGZHOU)


@pytest.mark.parametrize(
    ("name", "code"), [("heic-iphone7.heic", "photo_heic_refused"), ("broken1.jpg", "photo_broken")]
)
async def test_real_files_that_are_not_taken(workers: PictureWorkers, real_data: Path, name: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        await workers.develop((real_data / "photos" / name).read_bytes(), GUANGZHOU)


async def test_smaller_caps_are_obeyed() -> None:
    with pytest.raises(Refusal, match="photo_too_many_pixels"):
        await DirectPictures(PhotoRules(max_side=100)).develop(SOUND, GUANGZHOU)


def striped() -> bytes:
    """Black and white stripes of four pixels, as a plate seen from near by."""
    picture = Image.new("L", (400, 200))
    picture.putdata([255 * (x // 4 % 2) for _ in range(200) for x in range(400)])
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95)
    return out.getvalue()


async def test_a_covered_part_holds_nothing_to_sharpen_and_the_rest_is_as_it_was(pictures: Pictures) -> None:
    made = await pictures.redact(striped(), [(0.25, 0.25, 0.5, 0.5)], longest=400)
    picture = opened(made.full).convert("L")
    assert (made.width, made.height) == picture.size == (400, 200)

    def contrast(y: int, xs: range) -> float:
        row = [picture.getpixel((x, y)) for x in xs]
        return max(row) - min(row)

    assert contrast(100, range(105, 295)) < 40
    assert contrast(20, range(105, 295)) > 180
    assert contrast(100, range(10, 90)) > 180


async def test_a_public_copy_is_small_bare_and_has_no_thumbnail(pictures: Pictures) -> None:
    sent = await pictures.develop(files.photo(size=(1600, 1200), lon=113.1, lat=23.0), GUANGZHOU)
    made = await pictures.redact(sent.full, [], longest=1280)
    picture = opened(made.full)
    assert picture.size == (1280, 960)
    assert not picture.getexif()
    assert not {"exif", "xmp", "comment", "icc_profile"} & picture.info.keys()
