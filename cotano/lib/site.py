"""Links that leave the product: in mails, invitations, QR codes."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest


def link(path: str) -> str:
    """A path at the product's own address, where no request tells a host; a machine that has none set is its own."""
    return (settings.SITE_URL or "http://127.0.0.1:8000") + path


def absolute(request: HttpRequest, address: str) -> str:
    """The path of `address` at the product's own address; only where none is set, at the host that the request named."""
    parts = urlsplit(address)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return settings.SITE_URL + path if settings.SITE_URL else request.build_absolute_uri(path)
