"""A rep's contacts as a file, next to django-import-export with the same columns; each way in a process of its own."""

from collections.abc import Callable
from typing import Any

from import_export.fields import Field
from import_export.formats import base_formats
from import_export.resources import ModelResource

from benchmarks import company, contacts
from benchmarks.figures import Figure, smaller, versus
from benchmarks.measuring import cost, fresh, peak
from cotano.jobs import exporting
from leads.models import MORE, Lead
from pipeline.exports import OwnLeads
from teams.models import User

WHO = "EXPORT"
STOCK = "django-import-export, the same columns"


def run(size: int, say: Callable[[str], None]) -> list[Figure]:
    """All figures, for `size` contacts."""
    say("contacts")
    company.stock_up(company.rep(WHO), list(contacts.people(size, 7)))
    taken = {}
    for form in ("csv", "xlsx"):
        for way in ("product", "stock"):
            say(f"{way}: {form}")
            taken[way, form] = fresh("benchmarks.exporting", way, form, size)
    return [figure for form, goals in (("csv", (10, 16)), ("xlsx", (4, 32))) for figure in _figures(form, taken, *goals)]


def _figures(form: str, taken: dict[tuple[str, str], dict[str, float]], faster: int, most: int) -> list[Figure]:
    ours, stock = taken["product", form], taken["stock", form]
    return [
        versus(
            f"{form}_vs_stock",
            stock["us"] / ours["us"],
            goal=f">= {faster}",
            baseline=f"{STOCK}, us of processor a row",
            baseline_value=stock["us"],
        ),
        smaller(f"{form}_rss_mb", ours["mb"], "MB", f"<= {most}", baseline=STOCK, baseline_value=stock["mb"]),
        smaller(f"{form}_row_us", ours["us"], "us"),
    ]


def main(way: str, form: str, rows: str) -> dict[str, float]:
    """Write the file to nowhere; returns microseconds of processor a row, MB beyond those of the idle process, and its bytes."""
    user = User.objects.get(email=f"{WHO}@example.com".lower())
    make = {"product": product, "stock": stock}[way]
    idle = peak()
    with cost() as taken:
        size = make(user, form)
    return {"us": taken.processor / int(rows) * 1e6, "mb": peak() - idle, "bytes": size}


def product(user: User, form: str) -> int:
    """As the product does; returns bytes."""
    kind = OwnLeads()
    return sum(map(len, exporting.blocks(kind, kind.rows(user, {}), form)))


def stock(user: User, form: str) -> int:
    """As the admin's export page does; returns bytes."""
    kind = {"csv": base_formats.CSV, "xlsx": base_formats.XLSX}[form]()
    dataset = Contacts().export(Lead.objects.visible_to(user).for_contacts())
    return len(kind.export_data(dataset))


class Contacts(ModelResource):
    """The product's columns."""

    class Meta:
        model = Lead
        fields = ("name", "phone", "email", "birthday", "tags", "note")

    def __init__(self) -> None:
        super().__init__()
        for title, name in (("phone", "other_phones"), ("email", "other_emails")):
            for place in range(MORE):
                self.fields[f"{title} {place + 2}"] = Further(name, place)

    def get_export_order(self) -> list[str]:
        """As they come."""
        return list(self.fields)


class Further(Field):
    """One of a lead's further phones or e-mails."""

    def __init__(self, name: str, place: int) -> None:
        super().__init__(attribute=name, column_name=f"{name} {place}")
        self.place = place

    def export(self, instance: Lead, **kwargs: Any) -> str:  # noqa: ANN401  as in django-import-export
        """Its value, or nothing."""
        values = getattr(instance, self.attribute)
        return values[self.place] if self.place < len(values) else ""
