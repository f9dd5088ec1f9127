"""Log-ins of browsers: kept in the database with their person, ended on time, listed and ended by their person."""

import datetime as dt
import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from notifications import push
from teams import rights
from teams.models import Session, User

Handler = Callable[[HttpRequest], HttpResponse]
SINCE, SEEN, NUMBER, BROWSER = "since", "seen", "number", "browser"  # in a session: seconds since 1970, what a page names it by, words
_FLAGS = User.objects.select_related("rep").only("is_active", "is_staff", "is_superuser", "rep__status")
EVERY = 300  # seconds between two notes of when a browser was last seen
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("YaBrowser", "Yandex Browser"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"), ("Linux", "Linux"))


class SessionStore(DatabaseStore):
    """Django's own store; a row also says whose it is and since when."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The table."""
        return Session

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002  Django's signature
        """With a log-in in it, note when that began."""
        data = self._get_session(no_load=must_create)
        if SESSION_KEY in data and SINCE not in data:
            data[SINCE] = data[SEEN] = int(time.time())
        if SESSION_KEY in data and (must_create or NUMBER not in data):
            data[NUMBER] = uuid.uuid4().hex
        super().save(must_create=must_create)

    def create_model_instance(self, data: Mapping[str, object]) -> Session:
        """The row for these data."""
        row = super().create_model_instance(data)
        if SESSION_KEY in data:
            row.user_id = int(data[SESSION_KEY])
            row.since, row.seen_at = (dt.datetime.fromtimestamp(data[name], dt.UTC) for name in (SINCE, SEEN))
            row.number = data[NUMBER]
            row.browser = str(data.get(BROWSER, ""))
        return row


def keep(next_handler: Handler) -> Handler:
    """End a log-in that is too old or was idle too long for its person; note now and then that it is in use.

    Who has been switched off since, in whatever way, loses every log-in and every push now.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        if request.user.is_anonymous and SESSION_KEY in request.session:
            end_all([int(request.session[SESSION_KEY])])
            logout(request)
        if request.user.is_authenticated:
            now, data = time.time(), request.session
            since, seen = data.get(SINCE, 0), data.get(SEEN, 0)
            idle = settings.SESSION_STRICT["idle"] if request.user.is_strict else settings.SESSION_COOKIE_AGE
            if now - seen >= idle or (request.user.is_strict and now - since >= settings.SESSION_STRICT["whole"]):
                logout(request)
            elif now - seen >= EVERY:
                data[SEEN] = int(now)
        return next_handler(request)

    return handle


def label(agent: str) -> str:
    """`Chrome · Android` from what a browser says of itself; "" when it says nothing known."""
    browser = next((name for word, name in _BROWSERS if f"{word}/" in agent), "")
    system = next((name for word, name in _SYSTEMS if re.search(rf"\b{word}\b", agent)), "")
    return " · ".join(filter(None, (browser, system)))


def _device(session: Session) -> int | None:
    """The push device that this browser is."""
    return SessionStore().decode(session.session_data).get(push.SESSION_KEY)


@transaction.atomic
def end(session: Session, *, by: User) -> None:
    """Log one browser out; pushes to it end with it."""
    push.forget(by, _device(session))
    Session.objects.filter(pk=session.pk, user=by).delete()


@transaction.atomic
def end_others(user: User, *, but: str) -> int:
    """Log all of the person's browsers out except the one with this session key; returns how many that were."""
    here = Session.objects.filter(user=user, pk=but).first()
    push.forget_all(user, but=_device(here) if here else None)
    return Session.objects.filter(user=user).exclude(pk=but).delete()[0]


@transaction.atomic
def end_all(users: Iterable[int]) -> None:
    """Log those of the users with these ids for whom nothing is left to see out of all their browsers, with their pushes."""
    gone = [user.pk for user in _FLAGS.filter(pk__in=list(users)) if not rights.may_come_in(user)]
    push.forget_users(gone)
    Session.objects.filter(user__in=gone).delete()
