"""A rep's own people as a file, in the columns in which a file is read again, and as contact cards; work lists for staff."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Case, CharField, F, Func, Model, QuerySet, Value, When
from django.db.models.functions import NullIf, TruncDate
from django.utils.translation import gettext_lazy as _

from cotano.jobs.exporting import CSV, VCARD, XLSX, Column, Export, ListExport
from leads.models import MORE, Lead

FOLDED = 75  # bytes of a line of a card
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})
_CONTINUED = 0b10  # the first bits of a byte that goes on with a letter


def _further(name: str, n: int) -> Func:
    """The n-th of a list (from 1); NULL where there is none."""
    return Func(F(name), template=f"(%(expressions)s)[{n}]", output_field=CharField())


_PHONES = [Column("phone", "phone"), *(Column(f"phone {n + 1}", _further("other_phones", n)) for n in range(1, MORE + 1))]
_EMAILS = [Column("email", "email"), *(Column(f"email {n + 1}", _further("other_emails", n)) for n in range(1, MORE + 1))]


class OwnLeads(Export):
    """All of a rep's people by name."""

    name = "leads"
    title = _("Contacts")
    formats = (CSV, XLSX, VCARD)
    of_company = False
    columns = (
        Column("name", "name"),
        *_PHONES,
        *_EMAILS,
        Column("birthday", "birthday"),
        Column("tags", Func(F("tags"), Value(", "), function="array_to_string", output_field=CharField())),
        Column("note", "note"),
        Column("kind", "kind"),
        Column("family", "family"),
        Column("likes", "likes"),
        Column("hotness", NullIf("hotness", Value(0))),
        Column("channel", "channel"),
        Column("hour", "hour"),
        Column("zone", "zone"),
    )

    def is_allowed(self, user: Model) -> bool:
        """A rep on file."""
        return user.own_rep is not None

    def rows(self, user: Model, params: Mapping[str, Any]) -> QuerySet[Lead]:
        """One's own; with `leads` (ids) only those."""
        mine = Lead.objects.visible_to(user).for_contacts()
        return mine.filter(pk__in=params["leads"]) if "leads" in params else mine

    def cards(self, rows: Iterator[tuple]) -> Iterator[str]:
        """In version 3.0, which every phone reads."""
        first_email = 1 + len(_PHONES)
        last = first_email + len(_EMAILS)
        for row in rows:
            name, (birthday, tags, note) = row[0], row[last : last + 3]
            lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{_escaped(name)}", f"N:{_escaped(name)};;;;"]
            lines += [f"TEL;TYPE=CELL:{number}" for number in row[1:first_email] if number]
            lines += [f"EMAIL;TYPE=INTERNET:{_escaped(address)}" for address in row[first_email:last] if address]
            lines += [f"BDAY:{birthday}"] if birthday else []
            lines += ["CATEGORIES:" + ",".join(map(_escaped, tags.split(", ")))] if tags else []
            lines += [f"NOTE:{_escaped(note)}"] if note else []
            yield "\r\n".join(map(folded, [*lines, "END:VCARD", ""]))


class WorkLists(ListExport):
    """What came of the company's work lists: who is done, and when the person was last reached if the company itself sent them."""

    name = "worklist"
    title = _("Work list")
    model = "pipeline.workitem"
    columns = (
        Column("list", "list_name"),
        Column("rep_code", "rep__code"),
        Column("person_code", "person_code"),
        Column("reason", "reason"),
        Column("last_order_campaign", "last_order"),
        Column("call_by", "call_by"),
        Column("done_on", TruncDate("done_at")),
        Column("last_contact_on", Case(When(lead__source=Lead.Source.COMPANY, then=TruncDate("lead__contacted_at")))),
    )


def folded(line: str) -> str:
    """The line in parts of at most 75 bytes, none cut within a letter."""
    data = line.encode()
    if len(data) <= FOLDED:
        return line
    parts, start = [], 0
    while start < len(data):
        end = min(start + FOLDED - bool(start), len(data))
        while end < len(data) and data[end] >> 6 == _CONTINUED:
            end -= 1
        parts.append(data[start:end].decode())
        start = end
    return "\r\n ".join(parts)


def _escaped(words: str) -> str:
    return words.translate(_ESCAPED)
