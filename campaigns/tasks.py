"""What workers do for campaigns."""

from celery import shared_task


@shared_task(name="campaigns.apply_started")
def apply_started() -> None:
    """Apply the changes of sponsor planned for campaigns that have started (beat, every minute)."""
    from campaigns import sponsoring

    sponsoring.apply_started()
