"""Ids of others and fields that no form has, slipped into every form: nothing of the others changes, and nobody rises."""

import pytest
from django.db import transaction
from django.db.models import Q

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
def before(company):
    """How all of it stands before every case."""
    return of_the_victim(company.things[VICTIM].ids), ranks()


@pytest.fixture
def undone(company, before):
    point = transaction.savepoint()
    yield company
    transaction.savepoint_rollback(point)


def of_the_victim(ids):
    """Every row that is the victim's, as it stands."""
    rep, user = ids["rep"], ids["user"]
    rows = [
        Rep.objects.filter(pk=rep),
        User.objects.filter(pk=user),
        Lead.objects.filter(owner=rep),
        *(kind.objects.filter(lead__owner=rep) for kind in (Comment, Attempt, Reminder)),
        Board.objects.filter(rep=rep),
        Stage.objects.filter(board__rep=rep),
        Card.objects.filter(Q(board__rep=rep) | Q(lead__owner=rep)),
        Move.objects.filter(card__board__rep=rep),
        *(kind.objects.filter(rep=rep) for kind in (WorkItem, Order, Goal, ActivityCount)),
        Share.objects.filter(owner=rep),
        Invitation.objects.filter(sponsor=rep),
        Merge.objects.filter(owner=rep),
        Distinct.objects.filter(first__owner=rep),
        *(kind.objects.filter(user=user) for kind in (Device, Session, Assignment)),
        Notification.objects.filter(recipient=user),
        Job.objects.filter(owner=user),
        Export.objects.filter(owner=user),
    ]
    return [list(found.order_by("pk").values()) for found in rows]


def ranks():
    """What makes somebody more than they were: flags, groups, permissions, territories, places in the tree, log-ins of reps."""
    return (
        list(User.objects.order_by("pk").values_list("pk", "is_staff", "is_superuser", "is_active")),
        sorted(User.groups.through.objects.values_list("user", "group")),
        sorted(User.user_permissions.through.objects.values_list("user", "permission")),
        sorted(Assignment.objects.values_list("user", "territory")),
        list(Rep.objects.order_by("pk").values_list("pk", "user", "sponsor", "territory", "status", "code")),
    )


def send(company, before, sender, row, extra):
    """The row's own form about the rep's things, with what is slipped in."""
    own = {**company.company, **company.things[REP].ids}
    theirs = {**company.company, **company.things[VICTIM].ids}
    data = {name: asking.fill(value, own) for name, value in row.data.items()}
    data |= {name: asking.fill(value, theirs) for name, value in extra.items()}
    answer = asking.ask(company, sender, "POST", asking.address(row, own), data)
    assert answer.status < 500
    assert [canary for canary in world.forbidden(company, sender) if canary in answer.said] == []
    assert (of_the_victim(theirs), ranks()) == before


def named(row, *more):
    return " ".join(filter(None, (row.view, row.note, *more)))


@pytest.mark.parametrize(("row", "sender"), [pytest.param(row, sender, id=named(row, sender)) for row, sender in SENT])
def test_fields_that_no_form_has_change_nothing(row, sender, undone, before):
    send(undone, before, sender, row, {name: value for name, value in SLIPPED.items() if name not in row.data})


@pytest.mark.parametrize(("row", "field", "thing"), [pytest.param(*one, id=named(*one)) for one in IN_FIELDS])
def test_ids_of_others_in_a_field_reach_nothing(row, field, thing, undone, before):
    send(undone, before, REP, row, {field: "{" + thing + "}"})


BY_MAIL = "notifications:mail_off"  # one click in a mail program, which has no log-in: the secret in the address stands for it


@pytest.mark.parametrize("row", [pytest.param(row, id=named(row)) for row in POSTS if not row.note and row.view != BY_MAIL])
def test_without_a_csrf_token_nothing_is_done(row, undone, before):
    sender = "staff" if row.view.startswith("admin") else REP
    own = {**undone.company, **undone.things[REP].ids}
    data = {name: asking.fill(value, own) for name, value in row.data.items()}
    answer = asking.ask(undone, sender, "POST", asking.address(row, own), data, csrf=True)
    assert answer.status == 403
    assert answer.written - asking.SESSIONS == set()


@pytest.mark.parametrize("sender", ["staff", "boss"])
@pytest.mark.parametrize("thing", ["draft", "job"])
@pytest.mark.parametrize("model", ["teams/rep", "campaigns/order", "pipeline/workitem", "teams/territory", "campaigns/campaign"])
def test_a_foreign_draft_is_not_confirmed(model, thing, sender, undone, before):
    ids = undone.things[VICTIM].ids
    data = {"import_file_name": ids[thing], "original_file_name": "x.csv", "format": "0", "resource": "0"}
    answer = asking.ask(undone, sender, "POST", f"/admin/{model}/process_import/", data)
    assert answer.status == (422 if sender == "staff" else 403)
    assert of_the_victim(ids) == before[0]
