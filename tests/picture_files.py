"""Pictures drawn for tests: real files of every kind, and files that only pretend."""

from __future__ import annotations

import io
import struct
import zlib
from fractions import Fraction

from PIL import Image, ImageCms, ImageDraw
from PIL.ExifTags import GPS, IFD, Base
from PIL.TiffImagePlugin import IFDRational

RED, BLUE = (220, 30, 30), (30, 30, 220)


def half_red(width: int = 400, height: int = 300) -> Image.Image:
    """Upper half red, lower half blue: shows which way is up."""
    picture = Image.new("RGB", (width, height), BLUE)
    ImageDraw.Draw(picture).rectangle((0, 0, width, height // 2 - 1), fill=RED)
    return picture


def encoded(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def photo(
    *,
    kind: str = "JPEG",
    seed: int = 0,
    orientation: int | None = None,
    taken: str | None = None,
    offset: str | None = None,
    lon: float | None = None,
    lat: float | None = None,
    size: tuple[int, int] = (400, 300),
    profile: bool = False,
) -> bytes:
    """A sound picture; ``seed`` makes other bytes, ``taken`` is ``2026:09:01 12:00:00``.

    ``profile`` adds a colour profile that does not call itself sRGB, and an XMP packet.
    """
    picture = half_red(*size)
    exif = Image.Exif()
    exif[Base.Make] = f"CanaryCamera {seed}"
    if orientation is not None:
        exif[Base.Orientation] = orientation
    if taken is not None:
        exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = taken
    if offset is not None:
        exif.get_ifd(IFD.Exif)[Base.OffsetTimeOriginal] = offset
    if lon is not None and lat is not None:
        gps = exif.get_ifd(IFD.GPSInfo)
        gps[GPS.GPSLatitudeRef], gps[GPS.GPSLatitude] = ("S" if lat < 0 else "N"), _sexagesimal(abs(lat))
        gps[GPS.GPSLongitudeRef], gps[GPS.GPSLongitude] = ("W" if lon < 0 else "E"), _sexagesimal(abs(lon))
    more: dict[str, object] = {"comment": b"canary comment"} if kind == "JPEG" else {}
    if profile:
        named = "sRGB".encode("utf-16-be")
        standard = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        more |= {"icc_profile": standard.replace(named, "anyR".encode("utf-16-be")), "xmp": b"<x>canary xmp</x>"}
    return encoded(picture, kind, exif=exif, **more)


def _sexagesimal(degrees: float) -> tuple[IFDRational, ...]:
    whole = int(degrees)
    minutes = int((degrees - whole) * 60)
    seconds = Fraction((degrees - whole) * 3600 - minutes * 60).limit_denominator(10_000)
    return IFDRational(whole), IFDRational(minutes), IFDRational(seconds.numerator, seconds.denominator)


def huge_png(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes whose header promises many pixels, all there and all black."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    squeezer = zlib.compressobj(9)
    row = b"\0" * (1 + (width + 7) // 8)
    rows = b"".join(squeezer.compress(row) for _ in range(height)) + squeezer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def animation(kind: str) -> bytes:
    frames = [half_red(), half_red().rotate(180)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def damaged_metadata() -> bytes:
    """A sound picture whose EXIF directory has an entry of the impossible type 0."""
    content = photo(taken="2026:09:01 12:00:00")
    at = content.index(b"Exif\0\0") + 6
    order = "<" if content[at : at + 2] == b"II" else ">"
    (first,) = struct.unpack_from(order + "I", content, at + 4)
    entry = at + first + 2
    return content[: entry + 2] + b"\0\0" + content[entry + 4 :]
