"""What workers do for boards."""

from celery import shared_task


@shared_task(name="pipeline.close_ended")
def close_ended() -> None:
    """Close the campaigns that have ended, and those open again whose days for late orders are over (beat, every minute).

    Boards that are left when the time of one task is up are another task's.
    """
    from campaigns import calendars
    from pipeline import rollover

    calendars.close_reopened()
    if rollover.close_ended().is_more:
        close_ended.delay()


@shared_task(name="pipeline.forget_imported")
def forget_imported() -> None:
    """Forget what imports, and acts on many people, have done once they cannot be undone any more (beat, every hour)."""
    from pipeline import selected, undo

    undo.forget()
    selected.forget()


@shared_task(name="pipeline.offer_nudges", soft_time_limit=900, time_limit=960)
def offer_nudges() -> None:
    """Let the nudge rules go through the markets and zones whose day has begun (beat, every ten minutes)."""
    from pipeline import nudging

    nudging.offer_due()


@shared_task(name="pipeline.tell_nudges")
def tell_nudges() -> None:
    """Let go of the nudges whose time has come (beat, every minute)."""
    from pipeline import nudging

    nudging.tell()


@shared_task(name="pipeline.take_back_nudges")
def take_back_nudges() -> None:
    """Take nudges whose reason is gone out of the inboxes, and count attempts without an outcome (beat, every ten minutes)."""
    from pipeline import nudging

    nudging.count_silent()
    nudging.take_back()
