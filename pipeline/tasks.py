"""What workers do for boards."""

from celery import shared_task


@shared_task(name="pipeline.close_ended")
def close_ended() -> None:
    """Close the campaigns that have ended (beat, every minute)."""
    from pipeline import rollover

    rollover.close_ended()
