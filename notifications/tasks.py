"""What workers do for notifications."""

from celery import shared_task


@shared_task(name="notifications.send_due")
def send_due() -> None:
    """Every few seconds: send what is due. Any number may run at once; a missed one is made up by the next."""
    from notifications import sweep

    sweep.send_due()


@shared_task(name="notifications.forget_old")
def forget_old() -> None:
    """Once a day: figures of a year ago go."""
    from notifications import traffic

    traffic.forget_old()


@shared_task(name="notifications.send_letters")
def send_letters() -> None:
    """When a letter was written, and every few seconds for what was left: hand letters to their gateways."""
    from notifications import letters

    letters.send_waiting()
