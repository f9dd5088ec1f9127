"""What a file is by its content."""

import random
from contextlib import suppress

import pytest

from cotano.lib import pictures
from tests import files

KINDS = {pictures.JPEG, pictures.PNG, pictures.WEBP, pictures.PDF}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (files.png(), "image/png"),
        (files.jpeg(4000, 3000), "image/jpeg"),
        (files.jpeg() + b"appended by a camera", "image/jpeg"),
        (files.webp(800, 600), "image/webp"),
        (files.pdf(), "application/pdf"),
    ],
)
def test_what_is_kept(data, kind):
    assert pictures.kind_of(data) == kind


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "kind"),
        (b"<!doctype html><script>alert(1)</script>", "kind"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "kind"),
        (b"GIF89a\x01\x00\x01\x00", "kind"),
        (b"MZ\x90\x00", "kind"),
        (b"PK\x03\x04", "kind"),
        (b" " + files.pdf(), "kind"),
        (files.png(cut=5), "broken"),
        (files.png(0, 1), "broken"),
        (files.png(40_000, 40_000), "pixels"),
        (files.png()[:8], "broken"),
        (files.jpeg(end=b""), "broken"),
        (files.jpeg(65_000, 65_000), "pixels"),
        (files.jpeg()[:8], "broken"),
        (b"\xff\xd8\xff\xe0\x00\x00", "broken"),
        (b"\xff\xd8\xff" * 1000, "broken"),
        (files.webp()[:20], "broken"),
        (files.webp(16_000, 16_000), "pixels"),
        (b"%PDF-1.7 <script>alert(1)</script>", "broken"),
    ],
)
def test_what_is_not(data, reason):
    with pytest.raises(pictures.NotKept) as refused:
        pictures.kind_of(data)
    assert refused.value.reason == reason


def test_any_damage_is_an_answer_and_no_failure():
    chance = random.Random(7)
    whole = [files.png(), files.jpeg(), files.webp(), files.pdf()]
    for _n in range(4000):
        data = bytearray(chance.choice(whole))
        for _hit in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        del data[chance.randint(0, len(data)) :]
        with suppress(pictures.NotKept):
            assert pictures.kind_of(bytes(data)) in KINDS
