"""`manage.py demo`: the sample company, moved to today, loaded as its staff would load it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from campaigns.models import Calendar
from cotano import demo
from cotano.jobs import actions
from cotano.jobs.models import Job
from cotano.lib import clock
from teams.models import Assignment, Rep, Territory, User
from teams.roles import sync_roles

ZONE = "Europe/Kyiv"


class Command(BaseCommand):
    """Into an empty database, all or nothing."""

    help = "Loads the sample company with today as day 3 of its campaign 15, and log-ins for each role."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a folder to write to instead."""
        parser.add_argument("--write", metavar="DIR", type=Path, help="only write the moved files")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  as in Django
        """Load, or write."""
        today = clock.today(ZONE, timezone.now())
        if folder := options["write"]:
            files = demo.write(folder, today)
            self.stdout.write(f"{len(files)} files written to {folder}")
            return
        if not settings.DEMO:
            raise CommandError("This is no demo: COTANO_DEMO is off. Nobody gets a known password.")
        if Rep.objects.exists():
            raise CommandError(
                "There are reps already: the demo is for an empty database. `manage.py demo --write DIR` only writes its files."
            )
        with transaction.atomic():
            people = make_people()
            for kind, name in demo.FILES.items():
                job = actions.load(people["staff"], kind, demo.moved(demo.EXAMPLES / "company" / name, today), name=name)
                if job.state != Job.State.DONE:
                    raise CommandError(f"{name}: {job.sentence}")
                if options["verbosity"]:
                    self.stdout.write(f"{name}: {actions.result(job)}")
            Calendar.objects.update(live_from=today)
            give_places(people)
        if options["verbosity"]:
            self.stdout.write(f"Log-ins: {', '.join(login for _role, login, _password in demo.LOGINS)}; password {demo.PASSWORD}")


def make_people() -> dict[str, User]:
    """A log-in for each role."""
    sync_roles()
    names = {"rep": "Rep", "leader": "Leader", "manager": "Manager", "staff": "Staff", "analyst": "Analyst", "admin": "Administrator"}
    people = {
        role: User.objects.create_user(
            email=login,
            password=password,
            name=names[role],
            zone=ZONE,
            is_staff=role not in {"rep", "leader"},
            is_superuser=role == "admin",
        )
        for role, login, password in demo.LOGINS
    }
    for role in ("manager", "staff", "analyst"):
        people[role].groups.add(Group.objects.get(name=role.title()))
    return people


def give_places(people: dict[str, User]) -> None:
    """The reps' log-ins become theirs, the manager gets the pilot territories."""
    for role, code in (("rep", demo.REP), ("leader", demo.LEADER)):
        rep = Rep.objects.get(code=code)
        User.objects.filter(pk=people[role].pk).update(name=rep.name, phone=rep.phone)
        Rep.objects.filter(pk=rep.pk).update(user=people[role])
    Assignment.objects.bulk_create(
        Assignment(user=people["manager"], territory=place) for place in Territory.objects.filter(code__in=demo.PILOT)
    )
