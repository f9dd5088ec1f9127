"""What workers do for campaigns."""

from celery import shared_task


@shared_task(name="campaigns.apply_started")
def apply_started() -> None:
    """Apply the changes of sponsor planned for campaigns that have started (beat, every minute)."""
    from campaigns import sponsoring

    sponsoring.apply_started()


@shared_task(name="campaigns.take_due", soft_time_limit=3000, time_limit=3300)
def take_due() -> None:
    """Take the figures of campaigns that wait for it (after a file; beat, every minute)."""
    from campaigns import snapshots

    snapshots.take_due()


@shared_task(name="campaigns.take_nightly", soft_time_limit=3000, time_limit=3300)
def take_nightly() -> None:
    """At night: the figures of every running campaign, with what reps did in the app."""
    from campaigns import snapshots

    snapshots.take_nightly()
