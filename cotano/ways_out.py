"""What the environment says about text messages and this product's own address; read by the settings."""

import re

from cotano import env

_SECURE = re.compile(r"https://[^/\s]+|http://(127\.0\.0\.1|localhost)(:\d+)?(/|$)")


def sms(*, production: bool) -> dict[str, str]:
    """How text messages leave: `gateway` (console, http or none), and `url`, `token` and `from` for http."""
    gateway = env.text("COTANO_SMS", "none" if production else "console")
    known = {"none", "http"} if production else {"none", "http", "console"}
    if gateway not in known:
        env.stop(f"COTANO_SMS is {gateway!r}, expected one of {', '.join(sorted(known))}.")
    url = env.text("COTANO_SMS_URL")
    if gateway == "http" and not _SECURE.match(url):
        env.stop("COTANO_SMS_URL must be an address with https.")
    return {"gateway": gateway, "url": url, "token": env.text("COTANO_SMS_TOKEN"), "from": env.text("COTANO_SMS_FROM")}


def site(*, production: bool, hosts: list[str]) -> str:
    """Where people find this product, for links that leave it: never taken from a request where it is a production."""
    url = env.text("COTANO_URL", f"https://{hosts[0]}" if production and hosts and "*" not in hosts[0] and hosts[0][0] != "." else "")
    if url and not _SECURE.match(url):
        env.stop("COTANO_URL must be an address with https.")
    if production and hosts and not url:
        env.stop("COTANO_URL is missing: ALLOWED_HOSTS names no single host that links could lead to.")
    return url.rstrip("/")
