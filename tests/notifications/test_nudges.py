import datetime as dt
from decimal import Decimal

from django.utils import timezone, translation

from notifications import nudges
from notifications.models import Notification
from notifications.topics import Topic
from tests import make

NOON = dt.datetime(2026, 10, 5, 12, tzinfo=dt.UTC)
ROWS = """
SELECT u.id, u.language, 'goal:' || n, n, 'Name ' || n, json_build_array(1.50, %(said)s, CASE WHEN n = 3 THEN %(long)s END)::text
FROM teams_user u, generate_series(1, 3) n WHERE u.id = ANY(%(users)s) ORDER BY u.id, n DESC"""


def found(users, words, **said):
    values = {"users": [user.pk for user in users], "said": "a", "long": "", **said}
    return nudges.Found(Topic.GOAL, ROWS, values, words, NOON, "lead:{id}", "/x/{id}/", {"snooze": "/y/{id}/"})


def test_a_sentence_is_made_once_for_all_who_are_told_the_same(db):
    users, asked = [make.user("Anna"), make.user("Boris", language="uk"), make.user("Clara")], []

    def words(*said):
        asked.append((translation.get_language(), *said))
        return nudges.Words("Because.")

    with translation.override("ru"):
        assert nudges.offer([found(users, words)]) == 9
        assert translation.get_language() == "ru"
    assert sorted(asked, key=str) == [(one, Decimal("1.50"), "a", word) for one in ("en", "uk") for word in ("", None)]
    assert nudges.offer([found(users, words)]) == 0


def test_a_row_has_its_name_and_addresses_or_those_of_the_words(db):
    user = make.user("Anna")

    def words(*said):
        own = {"title": "T" * 300, "url": "/z/", "at": NOON + dt.timedelta(hours=3)}
        return nudges.Words("W" * 600, **own) if said[2] is not None else nudges.Words("Because.")

    before = timezone.now()
    assert nudges.offer([found([user], words)]) == 3
    third, second, _first = Notification.objects.order_by("pk")
    assert (second.title, second.why, second.text, second.url, second.subject) == ("Name 2", "Because.", "Because.", "/x/2/", "lead:2")
    assert (second.key, second.acts, second.due_at, second.in_digest) == ("goal:2", {"snooze": "/y/2/"}, NOON, True)
    assert (second.kind, second.state, second.mute, second.priority) == ("nudge", "held", "goal", 94)
    assert second.created_at >= before
    assert (third.title, third.why, third.text, third.url) == ("T" * 199 + "…", "W" * 199 + "…", "W" * 499 + "…", "/z/")
    assert (third.due_at, third.in_digest) == (NOON + dt.timedelta(hours=3), False)


def test_more_sentences_than_are_held_at_once(db, monkeypatch):
    monkeypatch.setattr(nudges, "BATCH", 2)
    users = [make.user(name) for name in ("Anna", "Boris")]
    many = [found(users, lambda *said: nudges.Words(said[1]), said=str(n)) for n in range(2)]
    rows = """SELECT u.id, 'en', 'goal:' || n, n, '', json_build_array(n)::text FROM teams_user u, generate_series(1, 5) n"""
    every = nudges.Found(Topic.GOAL, rows, {}, lambda n: nudges.Words(f"{n}."), NOON, "", "/")
    assert nudges.offer([every, *many]) == 10
    told = Notification.objects.filter(recipient=users[1]).order_by("key").values_list("why", flat=True)
    assert list(told) == ["1.", "2.", "3.", "4.", "5."]
