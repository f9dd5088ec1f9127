"""The roster against the reps on file: who joined, left, moved; removals with roll-up; nothing written where nothing changed."""

import random

import pytest
from django.db import connection
from django.utils import timezone

from campaigns import invitations
from cotano.jobs import actions as jobs
from cotano.jobs import running
from cotano.jobs.models import Job
from notifications import actions as notifications
from notifications.models import Notification
from teams import actions, history, tree
from teams.models import Invitation, Rep, SponsorChange, StatusChange, User
from tests import make, sizes
from tests.loading import WORDS, counts, rejected, versions

HEADINGS = ["code", "sponsor_code", "name", "territory_code", "joined_campaign", "status"]
WRITTEN = (Rep, SponsorChange, StatusChange)


def row(code, sponsor="", status="", *, name="", place="UA-N-01"):
    return [code, sponsor, name or f"Rep {code}", place, "2018-03", status]


def rows(tree, **status):
    """`tree` is "A B<A C<B": each code, and whose recruit it is."""
    pairs = [word.partition("<")[::2] for word in tree.split()]
    return [row(code, sponsor, status.get(code, "")) for code, sponsor in pairs]


def file(lines):
    return "\n".join(",".join(line) for line in [HEADINGS, *lines]).encode()


def roster(*lines, agreed=True, **options):
    """Load a roster; where it is held, a second person agrees."""
    owner = User.objects.filter(email="loader@example.com").first() or make.user("Loader")
    job = jobs.load(owner, "roster", file(lines), name="roster.csv", options=options)
    if job.state == Job.State.HELD and agreed:
        jobs.agree(job, by=User.objects.filter(is_superuser=True).first() or make.staff("Second Staff"), asks=job.asks)
        jobs.carry_out(job.pk)
        job.refresh_from_db()
    return job


def extra(job):
    return {word: n for word, n in job.counts.items() if word not in WORDS}


def sponsors():
    return " ".join(
        f"{code}<{sponsor}" if sponsor else code for code, sponsor in Rep.objects.order_by("code").values_list("code", "sponsor__code")
    )


def changes():
    return list(SponsorChange.objects.order_by("rep__code", "pk").values_list("rep__code", "was__code", "to__code", "cause", "state"))


def gone():
    return set(Rep.objects.filter(status="removed").values_list("code", flat=True))


@pytest.fixture
def places(db):
    return make.territories()


@pytest.fixture
def filled(places):
    """Twenty roots beside the line A - B - C, D: small removals are less than a tenth."""
    others = " ".join(f"X{n}" for n in range(20))
    job = roster(*rows(f"A B<A C<B D<B {others}"))
    assert counts(job) == (24, 0, 0, 0)
    return rows(others)


@pytest.fixture(autouse=True)
def _tree_is_whole(db):
    """After every one of these tests the index over the tree agrees with the sponsors."""
    yield
    assert {name: n for name, n in tree.check(Rep).items() if n} == {}
    assert not Rep.objects.filter(sponsor__status="removed").exists()


# ---- removal, roll-up, return
def test_the_first_level_of_who_is_removed_rolls_up(filled):
    job = roster(*rows("A B<A C<B D<B", B="removed"), *filled)
    assert (counts(job), extra(job)) == ((0, 1, 23, 0), {"removed": 1, "rolled_up": 2})
    assert job.lists == {"removed": ["B Rep B"], "rolled_up": ["C Rep C", "D Rep D"]}
    assert (gone(), sponsors()[:15]) == ({"B"}, "A B<A C<A D<A X")
    assert changes() == [("C", "B", "A", "roll_up", "applied"), ("D", "B", "A", "roll_up", "applied")]
    assert list(StatusChange.objects.values_list("rep__code", "status", "why", "by", "job")) == [
        ("B", "removed", "status", job.owner_id, job.pk)
    ]
    a, b = Rep.objects.get(code="A"), Rep.objects.get(code="B")
    assert set(Rep.objects.below(a.pk).values_list("code", flat=True)) == {"B", "C", "D"}
    assert not Rep.objects.below(b.pk).exists()


def test_the_companys_file_lags_and_the_same_roster_writes_nothing(filled):
    lines = [*rows("A B<A C<B D<B", B="removed"), *filled]
    roster(*lines)
    before = versions(*WRITTEN)
    job = roster(*lines)
    assert (counts(job), extra(job)) == ((0, 0, 24, 0), {})
    assert versions(*WRITTEN) == before


def test_two_removed_one_below_the_other_roll_up_to_the_first_who_stays(filled):
    lines = [*rows("A B<A C<B D<C E<D", B="removed", C="removed"), *filled]
    roster(*rows("A B<A C<B D<C E<D"), *filled)
    roster(*lines)
    assert sponsors()[:20] == "A B<A C<A D<A E<D X0"
    before = versions(*WRITTEN)
    assert counts(roster(*lines)) == (0, 0, 25, 0)
    assert versions(*WRITTEN) == before


def test_one_after_the_other_as_well(filled):
    roster(*rows("A B<A C<B D<C"), *filled)
    roster(*rows("A B<A C<B D<C", C="removed"), *filled)
    assert sponsors()[:14] == "A B<A C<B D<B "
    lines = [*rows("A B<A C<B D<C", C="removed", B="removed"), *filled]
    roster(*lines)
    assert sponsors()[:14] == "A B<A C<A D<A "
    assert counts(roster(*lines)) == (0, 0, 24, 0)


def test_a_root_that_is_removed_leaves_roots(filled):
    lines = [*rows("A B<A C<B D<B", A="removed"), *filled]
    roster(*lines)
    assert sponsors()[:11] == "A B C<B D<B"
    assert changes() == [("B", "A", None, "roll_up", "applied")]
    assert counts(roster(*lines)) == (0, 0, 24, 0)


def test_taken_back_the_rep_is_a_leaf_until_the_file_moves_the_others(filled):
    roster(*rows("A B<A C<B D<B", B="removed"), *filled)
    job = roster(*rows("A B<A C<A D<A", B="active"), *filled)
    assert (counts(job), extra(job)) == ((0, 1, 23, 0), {"returned": 1})
    assert (gone(), sponsors()[:15]) == (set(), "A B<A C<A D<A X")
    assert list(StatusChange.objects.order_by("pk").values_list("status", "why")) == [("removed", "status"), ("active", "status")]
    job = roster(*rows("A B<A C<B D<A", B="active"), *filled)
    assert (sponsors()[:15], extra(job)) == ("A B<A C<B D<A X", {"moved": 1})


def test_who_still_names_the_sponsor_taken_back_in_the_same_file_moves_back(filled):
    roster(*rows("A B<A C<B D<B", B="removed"), *filled)
    job = roster(*rows("A B<A C<B D<B", B="active"), *filled)
    assert (sponsors()[:15], extra(job)) == ("A B<A C<B D<B X", {"moved": 2, "returned": 1})


def test_a_rep_moved_and_then_rolled_up_by_hand_stays_where_staff_put_it(filled, db):
    lines = [*rows("A B<A C<B D<B", B="removed"), *filled]
    roster(*lines)
    staff = make.staff()
    history.change_sponsor(Rep.objects.get(code="C"), Rep.objects.get(code="X1"), by=staff, why="Asked by both")
    assert counts(roster(*lines)) == (0, 0, 24, 0)
    assert Rep.objects.get(code="C").sponsor.code == "X1"


def test_a_removed_rep_is_no_sponsor_of_newcomers_or_movers(filled):
    roster(*rows("A B<A C<B D<B", B="removed"), *filled)
    job = roster(*rows("A B<A C<B D<B X1<B N<B M<N", B="removed"))
    assert rejected(job) == [(6, "sponsor_removed", "B"), (7, "sponsor_removed", "B"), (8, "sponsor_rejected", "N")]
    assert counts(job) == (0, 0, 4, 3)
    assert not Rep.objects.filter(code__in="NM").exists()


def test_nor_one_whom_this_very_file_removes(filled):
    job = roster(*rows("A B<A C<B D<B X1<B N<B O<P P", B="removed", P="removed"), *filled[2:])
    assert rejected(job) == [(6, "sponsor_removed", "B"), (7, "sponsor_removed", "B"), (8, "sponsor_removed", "P")]
    assert (gone(), sponsors()[:15]) == ({"B", "P"}, "A B<A C<A D<A P")


def test_one_whose_return_is_rejected_stays_no_sponsor(filled):
    """B would come back, but its line is rejected: so is the one that rests on it."""
    roster(*rows("A B<A C<A D<A", B="removed"), *filled)
    job = roster(*rows("A B<77 C<B D<A", B="active"), *filled)
    assert rejected(job) == [(3, "sponsor_unknown", "77"), (4, "sponsor_removed", "B")]
    assert (gone(), sponsors()[:15]) == ({"B"}, "A B<A C<A D<A X")


def test_the_log_in_of_who_is_removed_is_told_nothing_any_more(places):
    reps = [make.rep(f"R{n}", places["UA-N-01"], login=n < 2) for n in range(30)]
    for rep in reps[:2]:
        notifications.schedule(
            key=f"x:{rep.pk}",
            subject=f"rep:{rep.pk}",
            recipient=rep.user,
            kind="notice",
            title="x",
            text="",
            url="/",
            due_at=timezone.now(),
        )
    roster(row("R0", status="removed"), *(row(f"R{n}") for n in range(2, 30)), absent_left=True)
    assert gone() == {"R0", "R1"}
    assert set(Notification.objects.filter(key__startswith="x:").values_list("state", flat=True)) == {"cancelled"}


# ---- absent
def test_who_is_absent_is_listed_and_stays(filled):
    job = roster(*rows("A B<A C<B"), *filled)
    assert (extra(job), job.lists) == ({"absent": 1}, {"absent": ["D Rep D"]})
    assert gone() == set()


def test_who_is_absent_has_left_when_a_person_says_so(filled):
    lines = [*rows("A C<B D<B"), *filled]
    job = roster(*lines, absent_left=True)
    assert (extra(job), gone()) == ({"left": 1, "rolled_up": 2}, {"B"})
    assert StatusChange.objects.values_list("rep__code", "why").get() == ("B", "absent")
    assert sponsors()[:15] == "A B<A C<A D<A X"
    before = versions(*WRITTEN)
    assert (counts(roster(*lines, absent_left=True)), versions(*WRITTEN)) == ((0, 0, 23, 0), before)


def test_a_rejected_line_is_no_absence(filled):
    """Its rep is in the file: whatever is wrong with the line, the company has not removed anybody."""
    bad = [["A", "", "", "UA-N-01", "2018-03", ""], ["x 1", "", "Rep x 1", "UA-N-01", "2018-03", ""], row("B", "A", place="NO")]
    job = roster(*bad, row("C", "B"), row("D", "B", name="New name"), *filled[:1], *filled[2:], absent_left=True)
    assert rejected(job) == [(2, "name", ""), (3, "code_alike", "X1"), (4, "territory_unknown", "NO")]
    assert (gone(), extra(job)) == (set(), {"nowhere": 1})


def test_the_invited_whom_the_company_does_not_know_yet_are_not_absent(company):
    sponsor = make.rep("S", company.territory)
    invitation, _token = invitations.invite(sponsor, by=sponsor.user)
    user = make.user("Newcomer")
    rep = actions.recruit(sponsor, company.territory, user=user, calendar="UA", joined=(2026, 1))
    Invitation.objects.filter(pk=invitation.pk).update(used_by=user, used_at=invitation.created_at)
    job = roster(row("S"), absent_left=True)
    assert (extra(job), gone()) == ({}, set())
    assert Rep.objects.get(pk=rep.pk).status == "active"


# ---- codes, markets
@pytest.mark.parametrize(("first", "again"), [("ab1", "AB1"), ("AB1", "A B1"), ("A B 1", "aB1")])
def test_codes_that_differ_in_capitals_or_spaces_are_one_too_many(first, again, places):
    job = roster(row(first), row(again))
    assert rejected(job) == [(3, "repeated", "2")]
    job = roster(row(again))
    assert rejected(job) == [(2, "code_alike", first)]
    assert list(Rep.objects.values_list("code", flat=True)) == [first]


def test_sponsors_across_markets_only_where_the_company_allows_it(places, settings):
    make.territories("PL", zone="Europe/Warsaw", currency="PLN")
    lines = [row("A"), row("P", "A", place="PL-N-01"), row("Q", "P", place="PL-N-02"), row("B", "A")]
    settings.SPONSOR_WITHIN_MARKET = True
    job = roster(*lines)
    assert rejected(job) == [(3, "sponsor_market", "A"), (4, "sponsor_rejected", "P")]
    settings.SPONSOR_WITHIN_MARKET = False
    assert counts(roster(*lines)) == (2, 0, 2, 0)
    settings.SPONSOR_WITHIN_MARKET = True
    assert counts(roster(*lines)) == (0, 0, 4, 0)  # what stands, stands
    job = roster(row("B", "A", place="PL-N-01"), row("Q", "A", place="PL-N-02"))
    assert rejected(job) == [(2, "sponsor_market", "A"), (3, "sponsor_market", "A")]


# ---- the difference
def test_the_whole_difference(filled):
    make.territories("PL", zone="Europe/Warsaw", currency="PLN")
    job = roster(
        *rows("A B<A C<A D<B N<C", B="removed"),
        row("X0", place="UA-N-02"),
        row("X1", name="Renamed"),
        row("X2", "77"),
        row("X3", "X4"),
        row("X4", "X3"),
        row("X5", place="NO"),
        *filled[6:],
    )
    assert counts(job) == (1, 4, 16, 4)
    assert extra(job) == {"moved": 1, "relocated": 1, "removed": 1, "rolled_up": 1, "orphans": 1, "cycles": 2, "nowhere": 1}
    assert job.lists == {"moved": ["C Rep C"], "relocated": ["X0 Rep X0"], "removed": ["B Rep B"], "rolled_up": ["D Rep D"]}
    assert changes() == [("C", "B", "A", "roster", "applied"), ("D", "B", "A", "roll_up", "applied")]


def test_nothing_is_written_by_the_statements_of_an_unchanged_roster(filled):
    written = []

    def watch(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        words = sql.split()
        if words and words[0] in ("INSERT", "UPDATE", "DELETE") and context["cursor"].rowcount:
            written.append(words[1 if words[0] == "UPDATE" else 2])
        return result

    with connection.execute_wrapper(watch):
        assert counts(roster(*rows("A B<A C<B D<B"), *filled)) == (0, 0, 24, 0)
    assert [table for table in written if "teams_" in table] == []


def test_of_one_moved_and_one_renamed_rep_only_the_rows_are_written(filled):
    names = dict(Rep.objects.values_list("pk", "code"))
    before = dict(versions(Rep)[Rep])
    roster(*rows("A B<A C<A D<B"), row("X0", name="Renamed"), *filled[1:])
    assert {names[pk] for pk, written in versions(Rep)[Rep] if before[pk] != written} == {"C", "X0"}


# ---- a second person
def lines_without(n):
    """Of 24 reps, `n` roots are removed."""
    return [*rows("A B<A C<B D<B"), *(row(f"X{k}", status="removed" if k < n else "") for k in range(20))]


def test_a_few_may_go_and_more_than_a_tenth_waits_for_a_second_person(filled):
    assert roster(*lines_without(4), agreed=False).state == "done"
    job = roster(*lines_without(9), agreed=False)
    assert (job.state, job.asks, gone()) == ("held", 5, {"X0", "X1", "X2", "X3"})
    assert job.sentence == "This roster would remove 5 of 20 reps on file: 5 or more, and over 10 %. A second person must agree."
    assert job.counts["removed"] == 5
    assert job.lists["removed"] == [f"X{k} Rep X{k}" for k in range(4, 9)]


def test_a_tenth_of_many_may_go(places):
    lines = rows(" ".join(f"M{n:02d}" for n in range(60)))
    roster(*lines)
    gone_by = {n: [*(row(f"M{k:02d}", status="removed") for k in range(n)), *lines[n:]] for n in (6, 7)}
    assert roster(*gone_by[7], agreed=False).state == "held"
    assert roster(*gone_by[6], agreed=False).state == "done"


def test_a_tiny_company_loses_one_of_nine(places):
    lines = rows("A B<A C<A D<A E<A F<A G<A H<A I<A")
    roster(*lines)
    assert roster(*rows("A B<A C<A D<A E<A F<A G<A H<A I<A", I="removed"), agreed=False).state == "done"
    assert gone() == {"I"}


def test_absence_counts_as_removal(filled):
    job = roster(*rows("A B<A C<B"), *filled[4:], absent_left=True, agreed=False)
    assert (job.state, job.asks, gone()) == ("held", 5, set())
    assert roster(*rows("A B<A C<B"), *filled[4:], agreed=False).state == "done"


def test_who_agrees_lets_it_be_loaded(filled):
    job = roster(*lines_without(5))
    assert (job.state, len(gone()), job.agreed_by.name) == ("done", 5, "Second Staff")


def test_agreed_to_less_than_it_would_remove_by_now_it_waits_again(filled):
    job = roster(*lines_without(5), agreed=False)
    Job.objects.filter(pk=job.pk).update(asks=4)
    jobs.agree(job, by=make.staff(), asks=4)
    jobs.carry_out(job.pk)
    job.refresh_from_db()
    assert (job.state, job.asks, job.agreed_by, gone()) == ("held", 5, None, set())


# ---- the scenario
def test_a_large_roster_in_any_order_is_applied_once(filled):
    """Children before sponsors, a ring, two unknown sponsors, and a company that changes: told first, then done, then nothing more."""
    n = sizes.ROSTER
    lines = [row(f"R{k}", f"R{(k - 1) // 3}" if k else "X0") for k in range(n)]
    random.Random(4).shuffle(lines)
    lines = [row("M0", "M2"), row("M1", "M0"), row("M2", "M1"), row("U1", "?1"), row("U2", "?2"), *lines, *rows("A B<A C<B D<B"), *filled]
    owner = User.objects.get(email="loader@example.com")
    draft = jobs.keep_upload(owner, "roster", file(lines))
    outcome = running.check(draft)
    assert (outcome.counts["created"], outcome.counts["rejected"]) == (n, 5)
    assert (outcome.counts["orphans"], outcome.counts["cycles"], Rep.objects.count()) == (2, 3, 24)
    job = roster(*lines)
    assert counts(job) == (n, 0, 24, 5)
    assert rejected(job) == [
        *((line, "sponsor_cycle", sponsor) for line, sponsor in ((2, "M2"), (3, "M0"), (4, "M1"))),
        *((line, "sponsor_unknown", sponsor) for line, sponsor in ((5, "?1"), (6, "?2"))),
    ]
    assert Rep.objects.below(Rep.objects.get(code="R0").pk).count() == n - 1
    before = versions(*WRITTEN)
    assert (counts(roster(*lines)), versions(*WRITTEN)) == ((0, 0, n + 24, 5), before)
    lines = [line for line in lines if line[0] != "R1"]  # its first level rolls up to R0
    lines = [[*line[:1], "X1", *line[2:]] if line[0] == "R2" else line for line in lines]
    job = roster(*lines, absent_left=True)
    assert extra(job) == {"left": 1, "moved": 1, "rolled_up": 3, "orphans": 2, "cycles": 3}
    assert set(Rep.objects.filter(sponsor__code="R0").values_list("code", flat=True)) == {"R1", "R3", "R4", "R5", "R6"}
    assert Rep.objects.get(code="R2").sponsor.code == "X1"


def test_a_check_keeps_nobody_from_joining(filled):
    owner = User.objects.get(email="loader@example.com")
    draft = jobs.keep_upload(owner, "roster", file(rows("A B<A")))
    said = []
    with connection.execute_wrapper(lambda execute, sql, *more: (said.append(sql), execute(sql, *more))[1]):
        running.check(draft)
        checked = [sql for sql in said if "pg_advisory_xact_lock" in sql]
        said.clear()
        roster(*rows("A B<A"), *filled)
        loaded = [sql for sql in said if "pg_advisory_xact_lock" in sql]
    forest = "SELECT pg_advisory_xact_lock(%s, %s)"
    assert (forest in checked, forest in loaded) == (False, True)
