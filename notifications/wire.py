"""The way out to push services: only to hosts on the list, only to checked addresses, short and small.

An endpoint is an address that a browser handed in, so it may say anything. What is checked is what is connected to: the name
is resolved once, every address of it must be public, and the connection goes to such an address, whatever the name says later.
"""

import ipaddress
import re
import socket
import ssl
import time
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings

LONGEST = 1000  # characters of an endpoint
SECONDS = 5.0  # for connecting, sending and the answer's head together
ANSWER = 4096  # bytes read at most
HTTPS = 443
_PRINTABLE = re.compile(r"[!#-\[\]^-~]+")  # ASCII without space, quote and backslash
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r]")
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


def post(endpoint: str, *, headers: dict[str, str], body: bytes, seconds: float = SECONDS) -> int:
    """Post `body` and return the answer's status; redirects are answers like any other, the answer's body is not read.

    Raises Forbidden before anything is sent, Unreachable when there is no answer within `seconds`.
    """
    to = target(endpoint)
    ends = time.monotonic() + seconds
    host = to.origin.partition("://")[2]
    lines = [f"POST {to.path} HTTP/1.1", f"Host: {host}", "Connection: close", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join([*lines, "", ""]).encode("ascii")
    try:
        with _connect(to, ends) as wire:
            wire.sendall(head + body)
            return _status(wire, ends)
    except Unreachable:
        raise
    except OSError as error:
        raise Unreachable(type(error).__name__) from None


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
    wire = socket.create_connection((place, to.port), timeout=_left(ends))
    try:
        wire.settimeout(_left(ends))
        return _tls().wrap_socket(wire, server_hostname=to.host) if to.tls else wire
    except BaseException:
        wire.close()
        raise


def _status(wire: socket.socket, ends: float) -> int:
    """The status of the answer, read no further than its first line; each piece within the time that is left."""
    answer = b""
    while b"\n" not in answer and len(answer) < ANSWER:
        wire.settimeout(_left(ends))
        piece = wire.recv(ANSWER - len(answer))
        if not piece:
            break
        answer += piece
    match = _STATUS.match(answer)
    if not match:
        raise Unreachable("answer")
    return int(match[1])
