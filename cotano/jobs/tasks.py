"""What workers do for jobs."""

from celery import shared_task


@shared_task(name="jobs.carry_out", soft_time_limit=870, time_limit=900)
def carry_out(job_id: int) -> None:
    """Carry out one job; a file of the company may take minutes."""
    from cotano.jobs import actions

    actions.carry_out(job_id)


@shared_task(name="jobs.take_up")
def take_up() -> None:
    """Find the jobs that nobody works on (beat, every 15 seconds)."""
    from cotano.jobs import actions

    actions.take_up()
