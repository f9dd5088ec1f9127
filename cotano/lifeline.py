"""Ends this process group when the supervisor that started it is gone, however it went.

The supervisor holds the writing end of a pipe; the kernel closes it even after `kill -9`. Works wherever pipes work.
"""

import os
import signal
import threading
import time

PATIENCE = 30  # seconds between the polite signal and the last one


def hold() -> None:
    """Watch the pipe whose number COTANO_LIFELINE names; does nothing for a process nobody supervises."""
    number = os.environ.pop("COTANO_LIFELINE", None)
    if number:
        threading.Thread(target=_wait, args=(int(number),), daemon=True, name="lifeline").start()


def _wait(number: int) -> None:
    while os.read(number, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os.killpg(0, signal.SIGKILL)
