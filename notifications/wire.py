"""The way out to push services: only to hosts on the list, only to checked addresses, short and small.

An endpoint is an address that a browser handed in, so it may say anything. What is checked is what is connected to: the name
is resolved once, every address of it must be public, and the connection goes to such an address, whatever the name says later.
"""

import ipaddress
import re
import socket
import ssl
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Self
from urllib.parse import urlsplit

from django.conf import settings

LONGEST = 1000  # characters of an endpoint
SECONDS = 5.0  # for connecting, sending and the answer together
PATIENCE = 6 * 3600  # seconds that a service may ask us to wait
ANSWER = 4096  # bytes read at most
HTTPS = 443
_PRINTABLE = re.compile(r"[!#-\[\]^-~]+")  # ASCII without space, quote and backslash
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_STATUS = re.compile(rb"HTTP/1\.([01]) (\d{3})[ \r]")
_NOTHING = re.compile(rb"HTTP/1\.1 [23]04[ \r]")  # an answer without a body
_LENGTH = re.compile(rb"(?i)\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*\r\n")
_CLOSES = re.compile(rb"(?i)\r\nconnection:[^\r]*close")
_RETRY_AFTER = re.compile(rb"(?i)\r\nretry-after:([^\r\n]{1,60})\r\n")
# Ways by which an IPv6 address carries an IPv4 one that nobody has checked.
_CARRIERS = [ipaddress.ip_network(net) for net in ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")]


class Forbidden(ValueError):
    """An address that is never posted to; the text says why and names no part of it."""


class Unreachable(OSError):
    """No usable answer in time."""


@dataclass(frozen=True)
class Target:
    """A checked endpoint. `listed` is one whose whole origin is on the list: a test's own server, which may be local."""

    host: str
    port: int
    path: str
    tls: bool
    listed: bool

    @property
    def origin(self) -> str:
        """As a VAPID token names it."""
        scheme, usual = ("https", HTTPS) if self.tls else ("http", 80)
        return f"{scheme}://{self.host}" + ("" if self.port == usual else f":{self.port}")


@dataclass(frozen=True)
class Answer:
    """What a push service said: the status, and in how many seconds it wants to be asked again (0: it does not say)."""

    status: int
    retry_after: int = 0


def target(endpoint: str) -> Target:
    """Take an endpoint apart. Raises Forbidden for all but https to port 443 of a host in settings.PUSH_HOSTS."""
    if not endpoint.isascii() or len(endpoint) > LONGEST or not _PRINTABLE.fullmatch(endpoint):
        raise Forbidden("characters or length")
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        raise Forbidden("not an address") from None
    host = (parts.hostname or "").lower()
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if f"{parts.scheme}://{parts.netloc}" in settings.PUSH_HOSTS:
        tls = parts.scheme == "https"
        return Target(host, port or (HTTPS if tls else 80), path, tls, listed=True)
    if parts.scheme != "https" or "@" in parts.netloc or port not in (None, HTTPS) or parts.fragment:
        raise Forbidden("scheme, user, port or fragment")
    if not _HOST.fullmatch(host) or not any(_matches(host, entry) for entry in settings.PUSH_HOSTS):
        raise Forbidden("host")
    return Target(host, HTTPS, path, tls=True, listed=False)


def _matches(host: str, entry: str) -> bool:
    return host.endswith(entry[1:]) if entry.startswith("*.") else host == entry


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, with no other address hidden in it."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    return ip.is_global and not ip.is_multicast and not any(ip.version == net.version and ip in net for net in _CARRIERS)


def addresses(to: Target) -> list[str]:
    """Where the host is, IPv4 first. Raises Forbidden when any of it is not public, Unreachable when the name is unknown."""
    try:
        found = socket.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable("name") from None
    places = list(dict.fromkeys(str(place[0]) for _, _, _, _, place in sorted(found, key=lambda one: one[0] != socket.AF_INET)))
    if not to.listed and not all(map(is_public, places)):
        raise Forbidden("not a public address")
    return places


class Lines:
    """Connections to push services that stay open from one post to the next; `with` closes them. For any number of threads.

    Each was made to a checked address and stays with it, so what was checked holds for every post on it.
    """

    def __init__(self) -> None:
        self._idle: dict[tuple[str, int, bool], list[socket.socket]] = defaultdict(list)
        self._lock = threading.Lock()
        self._open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._open = False
            idle = [line for lines in self._idle.values() for line in lines]
            self._idle.clear()
        for line in idle:
            line.close()

    def post(self, to: Target, *, headers: dict[str, str], body: bytes, seconds: float = SECONDS) -> Answer:
        """Post `body`; redirects are answers like any other.

        Raises Forbidden before anything is sent, Unreachable when there is no answer within `seconds`.
        """
        ends = time.monotonic() + seconds
        lines = [f"POST {to.path} HTTP/1.1", f"Host: {to.origin.partition('://')[2]}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        request = "\r\n".join([*lines, "", ""]).encode("ascii") + body
        if line := self._take(to):
            try:
                return self._ask(line, to, request, ends)
            except (OSError, Unreachable):  # the service had closed it meanwhile: a fresh one says what is the matter
                _left(ends)
        try:
            return self._ask(_connect(to, ends), to, request, ends)
        except Unreachable:
            raise
        except OSError as error:
            raise Unreachable(type(error).__name__) from None

    def _ask(self, line: socket.socket, to: Target, request: bytes, ends: float) -> Answer:
        stays = False
        try:
            line.settimeout(_left(ends))
            line.sendall(request)
            answer, stays = _read(line, ends)
            return answer
        finally:
            self._put(line, to, stays=stays)

    def _take(self, to: Target) -> socket.socket | None:
        with self._lock:
            idle = self._idle[to.host, to.port, to.tls]
            return idle.pop() if idle else None

    def _put(self, line: socket.socket, to: Target, *, stays: bool) -> None:
        with self._lock:
            if stays and self._open:
                self._idle[to.host, to.port, to.tls].append(line)
                return
        line.close()


def post(endpoint: str, *, headers: dict[str, str], body: bytes, seconds: float = SECONDS) -> Answer:
    """Post once, on a connection of its own; raises what `Lines.post` raises."""
    to = target(endpoint)
    with Lines() as lines:
        return lines.post(to, headers=headers, body=body, seconds=seconds)


def _left(ends: float) -> float:
    seconds = ends - time.monotonic()
    if seconds <= 0:
        raise Unreachable("time")
    return seconds


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _connect(to: Target, ends: float) -> socket.socket:
    place = addresses(to)[0]
    line = socket.create_connection((place, to.port), timeout=_left(ends))
    try:
        line.settimeout(_left(ends))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _tls().wrap_socket(line, server_hostname=to.host) if to.tls else line
    except BaseException:
        line.close()
        raise


def _read(line: socket.socket, ends: float) -> tuple[Answer, bool]:
    """The answer, and whether the connection may be used again: when the answer was small and has been read to its end."""
    said, over, clean = b"", False, False
    while not over and len(said) < ANSWER:
        try:
            line.settimeout(_left(ends))
            piece = line.recv(ANSWER - len(said))
        except OSError:  # Unreachable is one too
            if not _STATUS.match(said):
                raise
            break
        if not piece:
            break
        said += piece
        over, clean = _ending(said)
    match = _STATUS.match(said)
    if not match:
        raise Unreachable("answer")
    waits = _RETRY_AFTER.search(said)
    return Answer(int(match[2]), _seconds(waits[1]) if waits else 0), clean and match[1] == b"1" and not _CLOSES.search(said)


def _ending(said: bytes) -> tuple[bool, bool]:
    """Whether no more of the answer is wanted, and whether the connection stands where the next answer begins."""
    head, end, body = said.partition(b"\r\n\r\n")
    if not end:
        return False, False
    length = 0 if _NOTHING.match(head) else int(found[1]) if (found := _LENGTH.search(head + b"\r\n")) else ANSWER
    return len(body) >= length or len(head) + length >= ANSWER, len(body) == length


def _seconds(told: bytes) -> int:
    """What Retry-After says, a number or a date, as seconds from now; 0 for what is neither."""
    words = told.decode("latin-1").strip()
    if words.isascii() and words.isdecimal():
        return min(int(words[:9]), PATIENCE)
    try:
        at = parsedate_to_datetime(words)
        return max(0, min(PATIENCE, int(at.timestamp() - time.time())))
    except (ValueError, OverflowError, TypeError):
        return 0
