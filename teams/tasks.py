"""What workers do for log-ins."""

from celery import shared_task


@shared_task(name="teams.forget_old")
def forget_old() -> None:
    """Once an hour: codes of yesterday and sessions that have ended are of no use."""
    from teams import codes

    codes.forget_old()
