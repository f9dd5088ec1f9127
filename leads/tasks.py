"""What workers do for a rep's people."""

from celery import shared_task


@shared_task(name="leads.repeat_reminders")
def repeat_reminders() -> None:
    """Every minute: what repeats and was not done comes again. Any number may run at once."""
    from leads import reminders

    reminders.repeat_reminders()
