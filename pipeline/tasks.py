"""What workers do for boards."""

from celery import shared_task


@shared_task(name="pipeline.close_ended")
def close_ended() -> None:
    """Close the campaigns that have ended (beat, every minute)."""
    from pipeline import rollover

    rollover.close_ended()


@shared_task(name="pipeline.forget_imported")
def forget_imported() -> None:
    """Forget what imports have done once they cannot be undone any more (beat, every hour)."""
    from pipeline import undo

    undo.forget()
