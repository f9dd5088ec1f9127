"""The browser of the flow tests: Debian's Chromium, or what the machine has. `python -m tests.chromium` sees to it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = ("/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def path() -> str | None:
    """The browser's program, or None."""
    found = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES), *(name for name in MAC if Path(name).exists())]
    return next(filter(None, found), None)


def main() -> None:
    """Install the browser by apt as root; otherwise say which command does it."""
    if path():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update", "-qq"], check=True, **quiet)
        subprocess.run(["apt-get", "install", "-qq", "--yes", "--no-install-recommends", "chromium"], check=True, **quiet)
    if not path():
        command = "brew install --cask chromium" if sys.platform == "darwin" else "sudo apt-get install chromium"
        sys.exit(f"The tests need Chromium: run `{command}`, or set CHROMIUM to the path of a Chrome.")


if __name__ == "__main__":
    main()
