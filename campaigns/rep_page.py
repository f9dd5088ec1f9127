"""What a page about a rep tells a manager, beside the figures; the rep is told that it is this, and nothing else."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from teams import tree
from teams.models import Rep

OWN = ("code", "name", "title", "territory", "status", "removed_on")  # fields of the rep
REACHED = ("phone", "email", "language")
FIELDS = (*OWN, "joined", *REACHED, "log_in", "upline", "recruited")  # in the page's order
LABELS = {
    "joined": gettext_lazy("joined"),
    "log_in": gettext_lazy("log-in"),
    "upline": gettext_lazy("upline"),
    "recruited": gettext_lazy("reps recruited, on file"),
}
UPLINE = 20  # reps of an upline shown by name


@dataclass(frozen=True)
class Fact:
    """One line of the page. `value` is a string, or a date."""

    name: str
    label: str
    value: object


def facts(rep: Rep) -> list[Fact]:
    """What the page tells about the rep (with territory and user), without the empty lines. Three queries."""
    values = {name: getattr(rep, f"get_{name}_display", lambda name=name: getattr(rep, name))() for name in (*OWN, *REACHED)}
    values |= {"joined": joined(rep), "log_in": log_in(rep), "upline": upline_names(rep), "recruited": recruited(rep)}
    told = ((name, values[name]) for name in FIELDS if values[name] not in {None, ""})
    return [Fact(name, capfirst(LABELS.get(name) or Rep._meta.get_field(name).verbose_name), value) for name, value in told]


def joined(rep: Rep) -> str:
    """The campaign of joining."""
    return f"{rep.calendar} {rep.joined_year}-{rep.joined_number:02d}"


def log_in(rep: Rep) -> str:
    """Whether there is one that works."""
    return _("yes") if rep.user is not None and rep.user.is_active else _("none")


def recruited(rep: Rep) -> int:
    """The first level, on file."""
    return rep.recruits.on_file().count()


def upline(rep: Rep, seen: QuerySet[Rep]) -> tuple[list[Rep | None], bool]:
    """From the sponsor up, None for one who is not among `seen`; and whether it goes on after the last."""
    chain = tree.chain(rep)
    named = {one.pk: one for one in seen.filter(pk__in=chain[:UPLINE])}
    return [named.get(pk) for pk in chain[:UPLINE]], len(chain) > UPLINE


def upline_names(rep: Rep) -> str:
    """The same in words, to the rep."""
    above, more = upline(rep, Rep.objects.all())
    return " › ".join(map(str, above)) + (" › …" if more else "") or _("none")
