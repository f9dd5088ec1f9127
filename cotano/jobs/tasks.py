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


@shared_task(name="jobs.make_export", soft_time_limit=870, time_limit=900)
def make_export(export_id: int) -> None:
    """Make the file of one export."""
    from cotano.jobs import exports

    exports.make(export_id)


@shared_task(name="jobs.take_up_exports")
def take_up_exports() -> None:
    """Find the exports that nobody makes, forget the files that are old (beat, every minute)."""
    from cotano.jobs import exports

    exports.take_up()
