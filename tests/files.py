"""Small files of the kinds that are kept, made byte by byte."""

import struct
import zlib


def png(width=1, height=1, *, cut=0, more=b""):
    def chunk(name, data):
        return struct.pack(">I4s", len(data), name) + data + struct.pack(">I", zlib.crc32(name + data))

    heading = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    whole = b"\x89PNG\r\n\x1a\n" + heading + chunk(b"IDAT", zlib.compress(b"\x00\xff\x00\x00")) + chunk(b"IEND", b"") + more
    return whole[: len(whole) - cut]


def jpeg(width=1, height=1, *, end=b"\xff\xd9"):
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + b"JFIF\x00" + bytes(9) + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00?\x00\x7f" + end


def webp(width=1, height=1):
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", len(body)) + body


def pdf():
    return b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"
