"""Several at the same moment, each in a thread and on a connection of its own."""

import threading
from collections.abc import Callable

from django.db import connection

LONGEST = 120  # seconds


def at_once(*acts: Callable[[], object]) -> tuple[list, list[Exception]]:
    """Carry out the acts, which begin together; returns what those that came to an end gave, and what the others raised."""
    gate, given, raised = threading.Barrier(len(acts)), [], []

    def carry_out(act):
        try:
            gate.wait(LONGEST)
            given.append(act())
        except Exception as error:  # noqa: BLE001  the caller looks at it
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=carry_out, args=[act], daemon=True) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST)
    assert [thread for thread in threads if thread.is_alive()] == []
    return given, raised
