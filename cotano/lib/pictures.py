"""What a file is by its content, for the few kinds that are kept: pictures that every browser shows, and PDF.

Nothing is decoded: a picture is walked through by the lengths that its own parts name, and is refused when they do not fit, when
it ends early, or when it would unfold to more pixels than a phone can hold.
"""

import struct

JPEG, PNG, WEBP, PDF = "image/jpeg", "image/png", "image/webp", "application/pdf"
PIXELS = 60_000_000  # of the largest picture
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MARK, _SCAN = 0xFF, 0xDA  # begins a part of a JPEG; the part that ends its heading
_JPEG_ALONE = frozenset([0x01, *range(0xD0, 0xD9)])
_PNG = b"\x89PNG\r\n\x1a\n"
_PDF_HEAD, _PDF_TAIL = 8, 2048  # bytes in which its marks stand


class NotKept(Exception):
    """The content is of no kind that is kept, or broken; `reason` is "kind", "broken" or "pixels"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def kind_of(data: bytes) -> str:
    """The kind of a whole file as the web names it. Raises NotKept."""
    try:
        if data.startswith(b"\xff\xd8\xff"):
            return _sized(JPEG, *_jpeg(data))
        if data.startswith(_PNG):
            return _sized(PNG, *_png(data))
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _sized(WEBP, *_webp(data))
    except (struct.error, IndexError):
        raise NotKept("broken") from None
    if data[:_PDF_HEAD].startswith(b"%PDF-"):
        if b"%%EOF" not in data[-_PDF_TAIL:] or b"startxref" not in data[-_PDF_TAIL:]:
            raise NotKept("broken")
        return PDF
    raise NotKept("kind")


def _sized(kind: str, width: int, height: int) -> str:
    if not width or not height:
        raise NotKept("broken")
    if width * height > PIXELS:
        raise NotKept("pixels")
    return kind


def _jpeg(data: bytes) -> tuple[int, int]:
    """From segment to segment to the first scan; the end mark must stand at the end, but for what cameras append."""
    place, size = 2, None
    while data[place] == _MARK:
        mark = data[place + 1]
        if mark == _MARK:
            place += 1
            continue
        if mark in _JPEG_ALONE:
            place += 2
            continue
        (length,) = struct.unpack_from(">H", data, place + 2)
        if length < 2:  # noqa: PLR2004  it counts itself
            raise NotKept("broken")
        if mark in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, place + 5)
            size = width, height
        if mark == _SCAN:
            break
        place += 2 + length
    if size is None or data.rfind(b"\xff\xd9") <= place:
        raise NotKept("broken")
    return size


def _png(data: bytes) -> tuple[int, int]:
    place, names = len(_PNG), []
    while place < len(data) and (not names or names[-1] != b"IEND"):
        length, name = struct.unpack_from(">I4s", data, place)
        names.append(name)
        place += 12 + length
    if names[:1] != [b"IHDR"] or b"IDAT" not in names or names[-1] != b"IEND" or place > len(data):
        raise NotKept("broken")
    return struct.unpack_from(">II", data, len(_PNG) + 8)


def _webp(data: bytes) -> tuple[int, int]:
    (length,) = struct.unpack_from("<I", data, 4)
    if length + 8 > len(data):
        raise NotKept("broken")
    match data[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", data, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            wide, high = data[24:27], data[27:30]
            if len(high) < 3:  # noqa: PLR2004  bytes of a number
                raise NotKept("broken")
            return int.from_bytes(wide, "little") + 1, int.from_bytes(high, "little") + 1
    raise NotKept("broken")
