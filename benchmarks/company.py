"""The least a bench needs of a company: a market with territories, reps with a log-in, people in their contacts."""

from django.db import connection

from benchmarks.contacts import Person
from benchmarks.measuring import execute
from teams.models import Rep, Territory, User

PLACES = 20
_LEAD = ("owner_id", "name", "kind", "phone", "email", "birthday", "tags", "note", "source", "person_code", "created_at", "updated_at")


def territories() -> None:
    """A market, a region and its territories."""
    market = Territory.objects.create(code="UA", name="Ukraine", kind="market", time_zone="Europe/Kyiv", currency="UAH", language="uk")
    region = Territory.objects.create(code="UA-N", name="North", kind="region", parent=market)
    for number in range(PLACES):
        Territory.objects.create(code=place_code(number), name=f"Territory {number}", kind="territory", parent=region)


def place_code(number: int) -> str:
    """The code of a territory."""
    return f"UA-N-{number + 1:02}"


def rep(code: str) -> Rep:
    """A rep who can log in; the territories are made with the first one."""
    if not Territory.objects.exists():
        territories()
    return Rep.objects.create(
        code=code,
        name=f"Rep {code}",
        user=User.objects.create_user(email=f"{code}@example.com", name=f"Rep {code}"),
        territory=Territory.objects.get(code=place_code(0)),
        calendar="UA",
        joined_year=2026,
        joined_number=1,
    )


def stock_up(owner: Rep, known: list[Person]) -> None:
    """Put people into the rep's contacts, and make the planner know of them."""
    with connection.cursor() as cursor, cursor.copy(f"COPY leads_lead ({', '.join(_LEAD)}) FROM STDIN") as copy:
        for one in known:
            said = (owner.pk, one.name, "prospect", one.phone, one.email, one.birthday, list(one.tags), one.note, "typed", "", "now", "now")
            copy.write_row(said)
    execute("VACUUM ANALYZE leads_lead")
