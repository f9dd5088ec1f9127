"""Every address, asked by everybody about everybody's things: the status is the one of the matrix, and no canary comes back.

The rows are in tests/matrix/. docs/testing.md says how to add one.
"""

import pytest
from django.contrib import admin
from django.contrib.admin.sites import site
from django.db import transaction
from django.test import RequestFactory

from cotano.jobs.admin_export import FileExportMixin
from notifications import push, sweep
from teams.models import User
from tests.matrix import admin_rows, asking, summary, world
from tests.matrix.cases import CASES, REFUSED, ROWS, TOGETHER

# files of nobody but who asks; that of the company's rows is written down when it is made
OF_ONESELF = ("pipeline:job_errors", "pipeline:order_file", "pipeline:export_file", "mfa_download_recovery_codes")


@pytest.fixture(scope="module")
def company(django_db_setup, django_db_blocker):
    """The company is made once; every test happens in a savepoint of its own, and nothing stays."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield world.build()
        transaction.set_rollback(True)


@pytest.fixture
def undone(company):
    """What the test does is undone."""
    with transaction.atomic():
        yield company
        transaction.set_rollback(True)


@pytest.mark.parametrize("cases", [pytest.param(cases, id=what) for what, cases in TOGETHER.items()])
def test_page(cases, company, record_property):
    """Everybody about everybody, one after the other; what one request did is undone before the next."""
    wrong = {}
    for case in cases:
        with transaction.atomic():
            found = faults(case, company)
            transaction.set_rollback(True)
        if found:
            wrong[case.name] = found
    record_property(summary.KEY, [(case.row.view, case.relation) for case in cases])
    assert wrong == {}


def faults(case, company):
    """Ask, and say what is not as it must be."""
    ids = {**company.company, **company.things[case.owner].ids}
    sent = {"GET": case.row.query, "GET by htmx": case.row.query, "POST": case.row.data}.get(case.method, {})
    path = asking.address(case.row, ids)
    if case.method == "POST" and case.row.query:
        path += "?" + "&".join(f"{name}={asking.fill(value, ids)}" for name, value in case.row.query.items())
    data = {name: asking.fill(value, ids) for name, value in sent.items()}
    answer = asking.ask(company, case.viewer, case.method.split()[0], path, data, htmx="htmx" in case.method)
    found = [] if answer.status in case.statuses else [f"{answer.status} instead of {case.statuses}"]
    hidden = world.forbidden(company, case.viewer, [(case.owner, kind) for kind in case.row.shows])
    found += [f"says {canary}" for canary in hidden if canary in answer.said]
    if "content-disposition: attachment" in answer.said and case.row.view not in OF_ONESELF and "jobs_audit" not in answer.written:
        found.append("who takes other people's things out as a file is not written down")
    if case.method != "GET" and case.statuses[0] in (*REFUSED[1:], 422) and len(case.statuses) == 1:
        found += [f"refused, but {table} is written to" for table in sorted(answer.written - asking.SESSIONS)]
    return found


# ---- nothing without a row
def test_every_address_has_a_row_and_every_row_an_address():
    assert sorted(set(asking.addresses()) ^ {row.view for row in ROWS}) == []


def test_no_two_rows_say_the_same():
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))


def _models():
    return {model._meta.label_lower: model_admin for model, model_admin in site._registry.items()}


def test_every_action_of_the_admin_has_a_row():
    request = RequestFactory().get("/admin/")
    request.user = User(is_active=True, is_staff=True, is_superuser=True)
    found = {name: set(one.get_actions(request)) for name, one in _models().items()}
    assert {name: actions for name, actions in found.items() if actions} == admin_rows.ACTIONS


def test_every_filter_of_the_admin_has_a_row():
    def parameters(model_admin):
        for one in model_admin.list_filter:
            field = one if isinstance(one, str) else one.parameter_name
            yield field

    offered = {name: set(parameters(one)) for name, one in _models().items() if one.list_filter}
    known = {name: {parameter.split("__")[0] for parameter in parameters} for name, parameters in admin_rows.FILTERS.items()}
    assert offered == known


def test_every_search_of_the_admin_has_a_row():
    assert {name for name, one in _models().items() if list(one.get_search_fields(None))} == set(admin_rows.SEARCHES)


def test_every_field_with_a_search_in_it_has_a_row():
    found = set()
    for model, one in site._registry.items():
        for owner in (one, *(inline(model, admin.site) for inline in one.inlines)):
            found |= {(*owner.model._meta.label_lower.split("."), field) for field in owner.autocomplete_fields}
    assert found - set(admin_rows.AUTOCOMPLETES) == set()


@pytest.mark.parametrize("model_admin", _models().values(), ids=str)
def test_a_model_of_the_admin_is_exported_by_our_own_way_alone(model_admin):
    assert hasattr(model_admin, "export_action") is isinstance(model_admin, FileExportMixin)


# ---- what travels without being asked for
@pytest.mark.parametrize("owner", world.REPS)
def test_a_push_goes_to_its_rep_alone(owner, undone, monkeypatch):
    sent = []
    monkeypatch.setattr(
        push, "send", lambda device, says, *_: sent.append((device.user_id, says.payload.decode())) or push.Sent(push.Result.TAKEN)
    )
    sweep.send_due()
    mine = [payload for user, payload in sent if user == undone.things[owner].ids["user"]]
    helps = sum(helper == owner for helper, _ in world.SHARED)
    assert len(mine) == (0 if owner in world.GONE else 3 + helps)  # the notice, two files: loaded and ready, who shares the boards
    assert [canary for canary in world.forbidden(undone, owner) if canary in "".join(mine).lower()] == []
