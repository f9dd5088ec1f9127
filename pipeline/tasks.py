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
