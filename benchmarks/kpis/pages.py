"""Pages that read a campaign's figures: the dashboard of a market, call-first of one territory."""

from collections.abc import Callable

from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks.figures import Figure, smaller
from benchmarks.kpis.stock import Stock
from benchmarks.measuring import execute, median, milliseconds
from campaigns import call_first
from campaigns.models import CallFirst
from teams.models import Assignment, Territory, User

TIMES = 7
PERMISSIONS = ("view_rep", "see_reports", "call_first")


def figures(_laid: Stock, say: Callable[[str], None]) -> list[Figure]:
    """A dashboard of everybody, the first fifty to call of a territory."""
    say("pages")
    for table in ("campaigns_snapshot", "campaigns_total", "campaigns_classtotal", "campaigns_daytotal", "campaigns_callfirst"):
        execute(f"VACUUM ANALYZE {table}")
    return [*_dashboard(), *_call_first()]


def _dashboard() -> list[Figure]:
    client, url = Client(), reverse("admin:campaigns_dashboard")
    client.force_login(_manager("UA"), backend="allauth.account.auth_backends.AuthenticationBackend")
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(url)
    assert answer.status_code == 200, answer.status_code  # noqa: S101, PLR2004  a bench
    return [
        Figure("dashboard_queries", len(asked), "queries", "<= 12"),
        smaller("dashboard_ms", median([milliseconds(lambda: client.get(url)) for _ in range(TIMES)]), "ms", "<= 150"),
    ]


def _call_first() -> list[Figure]:
    code = Territory.objects.filter(kind="territory").order_by("code").values_list("code", flat=True)[0]
    user = _manager(code)

    def page() -> list[call_first.Row]:
        rows = CallFirst.objects.managed_by(User.objects.get(pk=user.pk))
        return call_first.read(rows, reader=user, in_charge=True).rows

    client, url = Client(), reverse("admin:campaigns_calls")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    listed = len(page())
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code  # noqa: S101, PLR2004  a bench
    return [
        smaller("call_first_ms", median([milliseconds(page) for _ in range(TIMES)]), "ms", "<= 20"),
        smaller("call_first_whole_ms", median([milliseconds(lambda: client.get(url)) for _ in range(TIMES)]), "ms"),
        Figure("call_first_rows", listed, "rows", "== 50"),
    ]


def _manager(code: str) -> User:
    """In charge of a territory with all below."""
    user = User.objects.create_user(email=f"{code}@example.com".lower(), name=code, is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=PERMISSIONS))
    Assignment.objects.create(user=user, territory=Territory.objects.get(code=code))
    return user
