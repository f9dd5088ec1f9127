"""Ids of others and fields that no form has, slipped into every form: nothing of the others changes, and nobody rises."""

import pytest
from django.db import connection, transaction
from django.db.models import Q
from psycopg.sql import SQL

from campaigns.models import Goal, Order
from cotano.jobs.models import Export, Job
from leads.models import Attempt, Comment, Distinct, Lead, Reminder
from notifications.models import Device, Notification
from pipeline.models import Board, Card, Merge, Move, Share, Stage, WorkItem
from teams.models import ActivityCount, Assignment, Invitation, Rep, Session, User
from tests.matrix import asking, world
from tests.matrix.cases import ROWS

VICTIM = "sibling"
REP, INSIDERS = "mid", ("boss", "staff", "analyst", "support")
SLIPPED = {
    **dict.fromkeys(("owner", "owner_id", "rep", "rep_id", "sponsor", "sponsor_id", "recruits", "helper_id"), "{rep}"),
    **dict.fromkeys(("user", "user_id", "by", "by_id", "recipient", "created_by"), "{user}"),
    **dict.fromkeys(("territory", "territory_id", "place", "parent", "assignments", "assignments-0-territory"), "{other_place}"),
    **dict.fromkeys(("is_staff", "is_superuser", "is_active", "admin", "private", "by_operator"), "on"),
    **dict.fromkeys(("role", "roles"), "staff"),
    **dict.fromkeys(("lead", "lead_id", "id", "pk"), "{lead}"),
    **{f"{name}_id": f"{{{name}}}" for name in ("board", "card", "stage")},
    **{name: f"{{{name}}}" for name in ("card", "reminder", "attempt", "job", "order")},
    "groups": "{group}",
    "user_permissions": "1",
    "status": "removed",
    "code": "zqslipped",
}
IDS = ("rep", "user", "board", "stage", "card", "lead", "attempt", "reminder", "job", "draft", "told", "share", "invitation")
POSTS = [row for row in ROWS if row.post is not None and row.view not in ("admin:logout", "account_logout")]
# The rep sends every form, about the own things; people of the company those of the admin, about the rep's.
SENT = [(row, sender) for row in POSTS for sender in (REP, *INSIDERS) if sender == REP or row.view.startswith("admin")]
IN_FIELDS = [(row, field, thing) for row in POSTS for field in row.data for thing in IDS if not row.view.startswith("admin")]


@pytest.fixture(scope="module")
def company(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield world.build()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def standing(company):
    """What tells how all of it stands, and how it stood before every case."""
    ask = Standing(company.things[VICTIM].ids)
    return ask, ask()


class Standing:
    """Every row that is the victim's, and what makes somebody more than they were, as it stands: one statement, a digest a table."""

    def __init__(self, ids):
        rep, user = ids["rep"], ids["user"]
        rows = {
            "rep": Rep.objects.filter(pk=rep),
            "user": User.objects.filter(pk=user),
            "leads": Lead.objects.filter(owner=rep),
            **{kind.__name__: kind.objects.filter(lead__owner=rep) for kind in (Comment, Attempt, Reminder)},
            "boards": Board.objects.filter(rep=rep),
            "stages": Stage.objects.filter(board__rep=rep),
            "cards": Card.objects.filter(Q(board__rep=rep) | Q(lead__owner=rep)),
            "moves": Move.objects.filter(card__board__rep=rep),
            **{kind.__name__: kind.objects.filter(rep=rep) for kind in (WorkItem, Order, Goal, ActivityCount)},
            "shares": Share.objects.filter(owner=rep),
            "invitations": Invitation.objects.filter(sponsor=rep),
            "merges": Merge.objects.filter(owner=rep),
            "distinct": Distinct.objects.filter(first__owner=rep),
            **{kind.__name__: kind.objects.filter(user=user) for kind in (Device, Session, Assignment)},
            "notifications": Notification.objects.filter(recipient=user),
            "jobs": Job.objects.filter(owner=user),
            "exports": Export.objects.filter(owner=user),
            "everybody's flags": User.objects.values("pk", "is_staff", "is_superuser", "is_active"),
            "groups": User.groups.through.objects.all(),
            "permissions": User.user_permissions.through.objects.all(),
            "assignments": Assignment.objects.values("user", "territory"),
            "places in the tree": Rep.objects.values("pk", "user", "sponsor", "territory", "status", "code"),
        }
        self.names = list(rows)
        asked = [found.order_by().query.sql_with_params() for found in rows.values()]
        digest = SQL("(SELECT md5(string_agg(one::text, ',' ORDER BY one::text)) FROM ({}) one)")
        self.sql = SQL("SELECT {}").format(SQL(", ").join(digest.format(SQL(sql)) for sql, _ in asked))
        self.params = [param for _, params in asked for param in params]

    def __call__(self):
        with connection.cursor() as cursor:
            cursor.execute(self.sql.as_string(connection.connection), self.params)
            return dict(zip(self.names, cursor.fetchone(), strict=True))


@pytest.fixture
def undone(company, standing):
    """What the test does is undone; how all of it stood was read before."""
    point = transaction.savepoint()
    yield company
    transaction.savepoint_rollback(point)


def send(company, standing, sender, row, extra):
    """The row's own form about the rep's things, with what is slipped in."""
    own = {**company.company, **company.things[REP].ids}
    theirs = {**company.company, **company.things[VICTIM].ids}
    data = {name: asking.fill(value, own) for name, value in row.data.items()}
    data |= {name: asking.fill(value, theirs) for name, value in extra.items()}
    answer = asking.ask(company, sender, "POST", asking.address(row, own), data)
    assert answer.status < 500
    assert [canary for canary in world.forbidden(company, sender) if canary in answer.said] == []
    now, before = standing
    assert now() == before


def test_a_change_would_be_seen(undone, standing):
    now, before = standing
    ids = undone.things[VICTIM].ids
    assert now() == before
    Lead.objects.filter(pk=ids["lead"]).update(name="Somebody else")
    User.objects.filter(pk=ids["user"]).update(is_staff=True)
    assert {name for name, digest in now().items() if digest != before[name]} == {"leads", "user", "everybody's flags"}


def named(row, *more):
    return " ".join(filter(None, (row.view, row.note, *more)))


@pytest.mark.parametrize(("row", "sender"), [pytest.param(row, sender, id=named(row, sender)) for row, sender in SENT])
def test_fields_that_no_form_has_change_nothing(row, sender, undone, standing):
    send(undone, standing, sender, row, {name: value for name, value in SLIPPED.items() if name not in row.data})


@pytest.mark.parametrize(("row", "field", "thing"), [pytest.param(*one, id=named(*one)) for one in IN_FIELDS])
def test_ids_of_others_in_a_field_reach_nothing(row, field, thing, undone, standing):
    send(undone, standing, REP, row, {field: "{" + thing + "}"})


BY_MAIL = "notifications:mail_off"  # one click in a mail program, which has no log-in: the secret in the address stands for it


@pytest.mark.parametrize("row", [pytest.param(row, id=named(row)) for row in POSTS if not row.note and row.view != BY_MAIL])
def test_without_a_csrf_token_nothing_is_done(row, undone):
    sender = "staff" if row.view.startswith("admin") else REP
    own = {**undone.company, **undone.things[REP].ids}
    data = {name: asking.fill(value, own) for name, value in row.data.items()}
    answer = asking.ask(undone, sender, "POST", asking.address(row, own), data, csrf=True)
    assert answer.status == 403
    assert answer.written - asking.SESSIONS == set()


@pytest.mark.parametrize("sender", ["staff", "boss"])
@pytest.mark.parametrize("thing", ["draft", "job"])
@pytest.mark.parametrize("model", ["teams/rep", "campaigns/order", "pipeline/workitem", "teams/territory", "campaigns/campaign"])
def test_a_foreign_draft_is_not_confirmed(model, thing, sender, undone, standing):
    ids = undone.things[VICTIM].ids
    data = {"import_file_name": ids[thing], "original_file_name": "x.csv", "format": "0", "resource": "0"}
    answer = asking.ask(undone, sender, "POST", f"/admin/{model}/process_import/", data)
    assert answer.status == (422 if sender == "staff" else 403)
    now, before = standing
    assert now() == before
