"""Which line of a file said a thing first: 12 bytes a thing, however long the file is."""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np

RUN = 2**18  # entries merged into one sorted run at most: a merge needs twice its memory


def fingerprint(*words: object) -> int:
    """64 bits that stand for these words, the same in every process."""
    return int.from_bytes(blake2b("\x1f".join(map(str, words)).encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


class Seen:
    """Fingerprints with the line that brought each first, in sorted runs of growing size."""

    def __init__(self) -> None:
        self.runs: list[tuple[np.ndarray, np.ndarray]] = []

    def __len__(self) -> int:
        return sum(len(keys) for keys, _lines in self.runs)

    def find(self, keys: Iterable[int]) -> dict[int, int]:
        """Fingerprint -> first line, of those that have been seen."""
        wanted = np.fromiter(keys, np.uint64)
        found: dict[int, int] = {}
        for known, lines in self.runs:
            at = np.searchsorted(known, wanted)
            at[at == len(known)] = 0
            hit = known[at] == wanted
            if hit.any():
                found.update(zip(wanted[hit].tolist(), lines[at[hit]].tolist(), strict=True))
        return found

    def add(self, firsts: dict[int, int]) -> None:
        """Note fingerprints that have not been seen, with their lines."""
        self._add(*_arrays(firsts))

    def load(self, kept: bytes) -> None:
        """Note what `packed` once made."""
        n = len(kept) // 12
        self._add(np.frombuffer(kept, np.uint64, n), np.frombuffer(kept, np.uint32, n, offset=8 * n))

    def _add(self, keys: np.ndarray, lines: np.ndarray) -> None:
        if not len(keys):
            return
        self.runs.append(_sorted(keys, lines))
        while len(self.runs) > 1 and len(self.runs[-2][0]) <= 2 * len(self.runs[-1][0]) <= RUN:
            (a, b), (c, d) = self.runs.pop(), self.runs.pop()
            self.runs.append(_sorted(np.concatenate((a, c)), np.concatenate((b, d))))


def packed(firsts: dict[int, int]) -> bytes:
    """Fingerprints and their lines in 12 bytes each."""
    keys, lines = _arrays(firsts)
    return keys.tobytes() + lines.tobytes()


def _arrays(firsts: dict[int, int]) -> tuple[np.ndarray, np.ndarray]:
    n = len(firsts)
    return np.fromiter(firsts.keys(), np.uint64, n), np.fromiter(firsts.values(), np.uint32, n)


def _sorted(keys: np.ndarray, lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(keys, kind="stable")
    return keys[order], lines[order]
