"""At which hour people answer: learned from a rep's attempts, of one person or of all."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cotano.lib import clock
from leads.models import Attempt, Lead
from teams.models import User

ENOUGH = 10  # answered attempts from which on something is learned
LOOKED_AT = 300  # of the newest attempts
EARLIEST, LATEST = 8, 20  # hours that are offered


@dataclass(frozen=True)
class Hour:
    """A full hour of the rep's clock. `of_lead`: learned from this person alone."""

    hour: int
    of_lead: bool

    @property
    def time(self) -> dt.time:
        """As a reminder has it."""
        return dt.time(self.hour)


def best_hour(lead: Lead, user: User) -> Hour | None:
    """When to try: what this person's answers say, else those of all of the rep's people; None while too little is known.

    One query, two where the person's own are too few.
    """
    for of_lead, attempts in ((True, lead.attempts.all()), (False, Attempt.objects.filter(by=user))):
        newest = attempts.filter(by=user).exclude(outcome="").order_by("-pk").values_list("at", "outcome")[:LOOKED_AT]
        hour = learn(((at, outcome != Attempt.Outcome.NO_ANSWER) for at, outcome in newest), user.zone)
        if hour is not None:
            return Hour(hour, of_lead=of_lead)
    return None


def learn(attempts: Iterable[tuple[dt.datetime, bool]], zone: str) -> int | None:
    """The hour of the clock in `zone` at which most of the tries (moment, answered) were answered; None below ENOUGH answers.

    One answer of one try says less than eight of ten: each hour begins with one of two. Of equal ones the earlier.
    """
    tried: Counter[int] = Counter()
    answered: Counter[int] = Counter()
    here = clock.zone_of(zone)
    for at, is_answered in attempts:
        hour = at.astimezone(here).hour
        tried[hour] += 1
        answered[hour] += is_answered
    if answered.total() < ENOUGH:
        return None
    offered = [hour for hour in tried if EARLIEST <= hour <= LATEST and answered[hour]]
    return min(offered, key=lambda hour: (-(answered[hour] + 1) / (tried[hour] + 2), hour), default=None)
