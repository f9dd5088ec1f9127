"""Text messages to phones, by the gateway that settings.SMS names: the terminal, an HTTP provider, or none at all."""

import http.client
import json
import sys
from urllib.parse import urlsplit

from django.conf import settings

SECONDS = 10.0  # for the provider's answer
TAKEN = range(200, 300)


class NotSent(OSError):
    """The gateway has not taken the message; the text says why and holds neither phone nor words."""


def send(to: str, text: str) -> None:
    """Hand a text for the phone `to` (E.164) to the gateway. Raises NotSent."""
    match settings.SMS["gateway"]:
        case "console":
            say(f"SMS to {to}: {text}")
        case "http":
            _post(to, text)
        case _:
            raise NotSent("no gateway")


def say(words: str) -> None:
    """Show the person at the terminal what would have been sent; a worker's own output is caught for its log, this is not."""
    terminal = sys.__stdout__ or sys.stdout
    terminal.write(f"[cotano] {words}\n")
    terminal.flush()


def _post(to: str, text: str) -> None:
    """`POST url` with {"from", "to", "text"} and the token as bearer. A redirect is no answer, so the token goes nowhere else."""
    there = urlsplit(settings.SMS["url"])
    connect = http.client.HTTPSConnection if there.scheme == "https" else http.client.HTTPConnection
    wire = connect(there.hostname or "", there.port, timeout=SECONDS)
    path = (there.path or "/") + (f"?{there.query}" if there.query else "")
    body = json.dumps({"from": settings.SMS["from"], "to": to, "text": text}, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {settings.SMS['token']}"}
    try:
        wire.request("POST", path, body, headers)
        status = wire.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise NotSent(type(error).__name__) from None
    finally:
        wire.close()
    if status not in TAKEN:
        raise NotSent(f"status {status}")
