"""What workers do for log-ins and trees."""

from celery import shared_task


@shared_task(name="teams.forget_old")
def forget_old() -> None:
    """Once an hour: codes of yesterday and sessions that have ended are of no use."""
    from teams import codes

    codes.forget_old()


@shared_task(name="teams.widen_tight", soft_time_limit=1500, time_limit=1800)
def widen_tight() -> None:
    """At night: who recruited much finds room for the next ones."""
    from teams import tree

    for model in tree.models():
        tree.widen_tight(model)


@shared_task(name="teams.check_trees", soft_time_limit=1500, time_limit=1800)
def check_trees() -> None:
    """At night: what is wrong with a tree is in the log in the morning."""
    from teams import tree

    tree.check_all()
