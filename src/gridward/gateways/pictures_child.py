"""The process in which foreign pictures are opened. It knows nothing of Gridward and can do nothing but answer.

It is run by :mod:`gridward.gateways.pictures` as a script. Before the first picture it gives up what it does not need:
root, new files and sockets (no free descriptor), forking, memory beyond a cap; each picture has a budget of CPU time.
The parent treats its answers as no better than the picture.

Request and answer are a 4-byte big-endian length, that much JSON, then the bytes that the JSON announces: the request
``{size, max_side, max_pixels, thumb_side, cpu_s}``, the answer ``{full, thumb, width, height, kind, said}`` or
``{code, facts}``. With ``{boxes, longest}`` in the request the answer is a picture with those parts made unrecognisable,
and no thumbnail.
"""

from __future__ import annotations

import ctypes
import io
import json
import math
import os
import re
import resource
import signal
import struct
import sys
from typing import Any, BinaryIO

from PIL import (
    ExifTags,
    Image,
    ImageCms,
    ImageFilter,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

FORMATS = {"JPEG": "jpeg", "MPO": "jpeg", "PNG": "png", "WEBP": "webp"}
LOADED = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin)
"""Imported before files can no longer be opened."""

QUALITY = 85
"""The finest that is written; what came coarser stays as it came and does not grow."""
THUMB_QUALITY = 78
THUMB_GAP = 1.0
"""Averaged to the last whole fraction that is not too small, and resampled only from there: a fifth of the time of a whole
resampling, and nobody sees it at 320 pixels."""
WHITE = (255, 255, 255)
NOBODY = 65534

Image.MAX_IMAGE_PIXELS = None


class Refused(Exception):
    """A picture that is not taken: code and facts."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def develop(content: bytes, limits: dict[str, Any]) -> tuple[dict[str, Any], bytes, bytes]:
    """Decode, turn upright, and write anew: what is known of the picture, the JPEG, its thumbnail.

    Raises:
        Refused: ``photo_broken``, ``photo_animated_refused``, ``photo_too_many_pixels``, ``photo_too_hard``.
    """
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "WEBP"]) as picture:
            return _develop(picture, limits)
    except MemoryError as error:
        raise Refused("photo_too_hard") from error
    except Refused:
        raise
    except Exception as error:
        raise Refused("photo_broken", part="picture") from error


def _develop(picture: Image.Image, limits: dict[str, Any]) -> tuple[dict[str, Any], bytes, bytes]:
    width, height = picture.size
    if max(width, height) > limits["max_side"] or width * height > limits["max_pixels"]:
        raise Refused("photo_too_many_pixels", width=width, height=height)
    kind = FORMATS[str(picture.format)]
    if kind != "jpeg" and getattr(picture, "is_animated", False):
        raise Refused("photo_animated_refused")
    embedded: bytes = picture.info.get("exif") or b""
    if not metadata_is_sound(embedded):
        raise Refused("photo_broken", part="metadata")
    said = _said(picture)
    fineness = _fineness(picture)
    picture.load()
    upright = _in_srgb(picture)
    ImageOps.exif_transpose(upright, in_place=True)
    upright = _flat(upright)
    known = {"width": upright.width, "height": upright.height, "kind": kind, "said": said}
    if "boxes" in limits:
        return _redacted(upright, known, limits["boxes"], limits["longest"])
    full = _jpeg(upright, QUALITY, fineness)
    upright.thumbnail((limits["thumb_side"], limits["thumb_side"]), Image.Resampling.LANCZOS, reducing_gap=THUMB_GAP)
    return known, full, _jpeg(upright, THUMB_QUALITY)


CELLS = 6
MARGIN = 0.008


def _redacted(
    picture: Image.Image, known: dict[str, Any], boxes: list[list[float]], longest: int
) -> tuple[dict[str, Any], bytes, bytes]:
    """Each box (fractions of width and height) becomes at most 6 × 6 averages of what was there: there is nothing left
    to sharpen. A margin of 0.8 % around it takes in a finger's slip."""
    for x, y, width, height in boxes:
        left, top = (max(0, math.floor((at - MARGIN) * side)) for at, side in zip((x, y), picture.size, strict=True))
        right, bottom = (
            min(side, math.ceil((at + span + MARGIN) * side))
            for at, span, side in zip((x, y), (width, height), picture.size, strict=True)
        )
        part = picture.crop((left, top, right, bottom))
        scale = CELLS / max(part.size)
        cells = [max(1, min(side, round(side * scale))) for side in part.size]
        rough = part.resize((cells[0], cells[1]), Image.Resampling.BOX)
        soft = rough.resize(part.size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(max(part.size) / 40))
        picture.paste(soft, (left, top))
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return {**known, "width": picture.width, "height": picture.height}, _jpeg(picture, QUALITY), b""


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Colours as the picture's profile means them, because the profile does not stay. A bad profile is ignored."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "RGBA", "CMYK"):
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return picture
        mode = "RGBA" if picture.mode == "RGBA" else "RGB"
        made = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    if made is None:
        return picture
    made.info["exif"] = picture.info.get("exif", b"")
    return made


def _flat(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16"):
        picture = picture.point(lambda value: value / 256).convert("L")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        ground = Image.new("RGB", picture.size, WHITE)
        ground.paste(picture, mask=picture.getchannel("A"))
        return ground
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _jpeg(picture: Image.Image, quality: int, fineness: dict[str, Any] | None = None) -> bytes:
    picture.info.clear()  # what the encoder is not given it may look for here
    out = io.BytesIO()
    picture.save(out, "JPEG", **{"quality": quality, **(fineness or {})}, exif=b"", icc_profile=None, comment=b"")
    return out.getvalue()


def _finest() -> int:
    with Image.open(io.BytesIO(_jpeg(Image.new("RGB", (8, 8)), QUALITY)), formats=["JPEG"]) as made:
        return sum(made.quantization[0])  # type: ignore[attr-defined]


FINEST = _finest()


def _fineness(picture: Image.Image) -> dict[str, Any] | None:
    """The quantization and subsampling that a JPEG came with, where they are coarser than ours."""
    if not isinstance(picture, JpegImagePlugin.JpegImageFile) or picture.mode != "RGB":
        return None
    tables = [picture.quantization[one] for one in sorted(picture.quantization)]
    sound = 1 <= len(tables) <= 2 and all(len(one) == 64 and min(one) >= 1 and max(one) <= 255 for one in tables)
    if not sound or sum(tables[0]) <= FINEST:
        return None
    sampling = JpegImagePlugin.get_sampling(picture)
    # Any other quality would scale the tables.
    return {"quality": -1, "qtables": tables, **({"subsampling": sampling} if sampling >= 0 else {})}


WIDTH_OF_TYPE = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}


def metadata_is_sound(embedded: bytes) -> bool:
    """False when an EXIF directory holds an entry of an impossible type: such a file was damaged after the camera.

    Only the directories that are read count (picture, EXIF, GPS); empty padding entries, pointers past the end and
    vendors' notes are common in good files and are let pass.
    """
    tiff = embedded[6:] if embedded.startswith(b"Exif\0\0") else embedded
    if len(tiff) < 8 or tiff[:2] not in (b"II", b"MM"):
        return True
    order = "<" if tiff[:2] == b"II" else ">"
    waiting, seen = [struct.unpack_from(order + "I", tiff, 4)[0]], set[int]()
    while waiting:
        at = waiting.pop()
        if at in seen or at + 2 > len(tiff):
            continue
        seen.add(at)
        (count,) = struct.unpack_from(order + "H", tiff, at)
        for entry in range(at + 2, min(at + 2 + 12 * count, len(tiff) - 11), 12):
            tag, kind, _, value = struct.unpack_from(order + "HHII", tiff, entry)
            if tag and kind not in WIDTH_OF_TYPE:
                return False
            if tag in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
                waiting.append(value)
    return True


def _said(picture: Image.Image) -> dict[str, Any]:
    """``{taken_local, offset, lon, lat, accuracy_m}``: what the file says of itself; nothing that is not plausible."""
    try:
        exif = picture.getexif()
        shot, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:  # any damage here only loses the second witness
        return {}
    said: dict[str, Any] = {}
    taken = re.match(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)", str(shot.get(ExifTags.Base.DateTimeOriginal, "")))
    if taken:
        said["taken_local"] = "{}-{}-{}T{}:{}:{}".format(*taken.groups())
        offset = re.match(r"[+-]\d\d:\d\d", str(shot.get(ExifTags.Base.OffsetTimeOriginal, "")))
        said["offset"] = offset.group() if offset else None
    lat = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef))
    lon = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef))
    if lat is not None and lon is not None:
        said |= {"lat": lat, "lon": lon}
        accuracy = _plain(gps.get(ExifTags.GPS.GPSHPositioningError))
        if accuracy is not None:
            said["accuracy_m"] = accuracy
    return said


def _degrees(parts: Any, reference: Any) -> float | None:
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    numbers = [_plain(part) for part in parts]
    if any(number is None for number in numbers) or str(reference)[:1].upper() not in ("N", "S", "E", "W"):
        return None
    degrees = sum((number or 0.0) / 60.0**power for power, number in enumerate(numbers))
    return round(-degrees if str(reference)[:1].upper() in ("S", "W") else degrees, 7)


def _plain(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None


def _warm_up() -> None:
    """Load what Pillow loads late, while files can still be opened."""
    picture = Image.new("RGB", (16, 16), WHITE)
    limits = {"max_side": 16, "max_pixels": 256, "thumb_side": 8}
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name in ("JPEG", "PNG", "WEBP"):
        out = io.BytesIO()
        picture.save(out, name, icc_profile=profile, exif=Image.Exif())
        develop(out.getvalue(), limits)
        develop(out.getvalue(), {**limits, "boxes": [[0, 0, 1, 1]], "longest": 8})


def confine(memory_bytes: int) -> None:
    """Give up everything but the three open descriptors; only a fresh process can undo it."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    os.chdir("/")
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, not_dumpable, die_with_parent = (38, 1), (4, 0), (1, signal.SIGKILL)
    for option, value in (no_new_privileges, not_dumpable, die_with_parent):
        if libc.prctl(option, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl", option)
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(limit, (value, value))


def _budget(cpu_s: float) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime + cpu_s), resource.RLIM_INFINITY))


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the parent closes the pipe."""
    while len(head := requests.read(4)) == 4:
        limits = json.loads(requests.read(int.from_bytes(head, "big")))
        content = requests.read(limits["size"])
        _budget(limits["cpu_s"])
        full = thumb = b""
        try:
            known, full, thumb = develop(content, limits)
            answer = {**known, "full": len(full), "thumb": len(thumb)}
        except Refused as refused:
            answer = {"code": refused.code, "facts": refused.facts}
        text = json.dumps(answer).encode()
        answers.write(len(text).to_bytes(4, "big") + text + full + thumb)
        answers.flush()
        del content, full, thumb


if __name__ == "__main__":
    _warm_up()
    confine(int(sys.argv[1]))
    serve(sys.stdin.buffer, sys.stdout.buffer)
