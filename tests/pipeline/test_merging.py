"""Two leads become one, and two again."""

import datetime as dt

import pytest
from django.utils import timezone

from cotano.jobs.refusals import Refusal
from leads import actions, people, reminders
from leads.models import Attachment, Check, ImportantDate, Lead
from notifications.models import Notification
from pipeline import actions as boards
from pipeline import merging
from pipeline.lead_page import leads_for_page, read_timeline
from pipeline.models import Board, Card, Merge, Move
from teams.models import ActivityCount
from tests import make

TOMORROW = timezone.localdate() + dt.timedelta(days=2)
TEN = dt.time(10)
HANGING = ("comments", "attempts", "reminders", "work_items", "dates", "checks", "attachments", "purchases")


@pytest.fixture
def pair(board, stages):
    """The first on Contacted with a comment and an attempt, the second on Prospects with a reminder and a comment."""
    first = make.card(board, "Anna", phone="0671112233", email="a@b.co", tags=["vip"], note="Two kids", stage=stages["contacted"])
    second = make.card(board, "Anna Melnyk", phone="0501112233", kind="customer", tags=["gym", "vip"], note="Likes red")
    by = board.rep.user
    actions.comment_on(first.lead, by=by, text="from the first")
    actions.comment_on(second.lead, by=by, text="from the second")
    actions.give_outcome(actions.log_attempt(first.lead, by=by, channel="call"), by=by, outcome="interested")
    reminders.set_reminder(second.lead, by=by, day=TOMORROW, time=TEN)
    make.work_item(second.lead)
    make.purchase(second.lead)
    know_more(first.lead, family="A son", hotness=2, channel="viber", consents=["sms"], consented_on="2026-02-01")
    more = {"hour": 18, "zone": "Europe/Kyiv", "legal_basis": "consent", "consents": ["call"]}
    know_more(second.lead, family="Two girls", likes="Roses", hotness=4, **more)
    return first.lead, second.lead


def know_more(lead, **said):
    Lead.objects.filter(pk=lead.pk).update(**said)
    lead.refresh_from_db()
    ImportantDate.objects.create(lead=lead, name="Wedding", month=6, day=30)
    Check.objects.create(lead=lead, text="Bring the catalogue", place=1)
    Attachment.objects.create(lead=lead, by=lead.owner.user, name="a.pdf", kind="application/pdf", size=9, file=f"x/{lead.pk}")


def merge(pair, rep, **options):
    return merging.merge_leads(*pair, by=rep.user, **options)


def everything():
    """All rows that a merge touches, but for times of change."""
    fields = [field.name for field in Lead._meta.concrete_fields if field.name != "updated_at"]
    cards = Card.objects.order_by("pk").values("pk", "lead", "stage", "rank", "board", "created_at", "closed_at", "came_from")
    rows = [list(Lead.objects.order_by("pk").values(*fields)), list(cards), list(Move.objects.order_by("pk").values())]
    for lead in Lead.objects.order_by("pk"):
        rows += [sorted(getattr(lead, name).values_list("pk", flat=True)) for name in HANGING]
    told = Notification.objects.order_by("pk").values("key", "subject", "url", "title", "text", "state")
    return [*rows, list(told)]


def test_one_lead_has_what_both_had(pair, rep, stages):
    made = merge(pair, rep, of_other=frozenset({"name", "kind"}))
    lead = Lead.objects.get()
    assert (lead.pk, lead.name, lead.kind) == (pair[0].pk, "Anna Melnyk", "customer")
    assert (lead.phone, lead.other_phones, lead.email) == ("+380671112233", ["+380501112233"], "a@b.co")
    assert (lead.tags, lead.note) == (["vip", "gym"], "Two kids\nLikes red")
    assert (lead.family, lead.likes, lead.hotness) == ("A son; Two girls", "Roses", 4)
    assert (lead.channel, lead.hour, lead.zone, lead.legal_basis) == ("viber", 18, "Europe/Kyiv", "consent")
    assert (lead.consents, lead.consented_on) == (["sms", "call"], dt.date(2026, 2, 1))
    assert (lead.dates.count(), lead.checks.count(), lead.attachments.count()) == (2, 2, 2)
    assert list(lead.comments.order_by("pk").values_list("text", flat=True)) == ["from the first", "from the second"]
    assert (lead.attempts.count(), lead.reminders.count(), lead.work_items.count(), lead.purchases.count()) == (1, 1, 1, 1)
    assert Card.objects.get().stage == stages["contacted"]
    assert (made.gone, made.stayed) == (pair[1].pk, "Contacted")


def test_the_reminder_tells_the_one_who_is_left(pair, rep):
    merge(pair, rep)
    told = Notification.objects.get()
    assert (told.state, told.subject, told.url, told.title) == ("due", f"lead:{pair[0].pk}", pair[0].get_absolute_url(), "Anna")
    assert told.text == "from the second"


def test_the_timeline_says_so(pair, rep):
    made = merge(pair, rep)
    lead = leads_for_page(rep.user).get()
    assert read_timeline(lead, rep.user).entries[0].line == "Merged with Anna Melnyk · the card in Contacted stayed"
    assert (lead.merge_id, lead.merged_name) == (made.pk, "Anna Melnyk")
    merging.undo_merge(made, by=rep.user)
    lead = leads_for_page(rep.user).get(pk=pair[0].pk)
    assert "Merged with Anna Melnyk · undone" in [entry.line for entry in read_timeline(lead, rep.user).entries]
    assert lead.merge_id is None


@pytest.mark.parametrize("of_other", [(), ("name", "kind", "phone")])
@pytest.mark.parametrize("turned", [False, True])
def test_undone_everything_stands_as_it_stood(turned, of_other, pair, rep):
    pair = pair[::-1] if turned else pair
    before = everything()
    made = merge(pair, rep, of_other=frozenset(of_other))
    assert everything() != before
    assert merging.undo_merge(made, by=rep.user).pk == pair[1].pk
    assert everything() == before
    assert merging.undo_merge(made, by=rep.user).pk == pair[1].pk
    assert everything() == before


def test_what_came_since_stays_with_the_one_that_was_kept(pair, rep):
    made = merge(pair, rep)
    actions.comment_on(pair[0], by=rep.user, text="since")
    attempt = actions.log_attempt(pair[0], by=rep.user, channel="call")
    actions.give_outcome(attempt, by=rep.user, outcome="call_later")
    returned = merging.undo_merge(made, by=rep.user)
    kept = Lead.objects.get(pk=pair[0].pk)
    assert list(kept.comments.order_by("pk").values_list("text", flat=True)) == ["from the first", "since"]
    assert list(returned.comments.values_list("text", flat=True)) == ["from the second"]
    assert kept.contacted_at == attempt.at


def test_the_card_that_is_further_stays_with_the_moves_of_both(pair, rep, board, stages):
    card = Card.objects.get(lead=pair[1])
    boards.move_card(card, to=stages["ordered"], version=card.version, by=rep.user)
    boards.move_card(Card.objects.get(lead=pair[0]), to=stages["declined"], version=1, by=rep.user)
    made = merge(pair, rep)
    left = Card.objects.get()
    assert (left.pk, left.lead_id, left.stage, left.moves.count()) == (card.pk, pair[0].pk, stages["ordered"], 2)
    assert made.stayed == "Ordered"
    merging.undo_merge(made, by=rep.user)
    assert [card.moves.count() for card in Card.objects.all()] == [1, 1]


def test_a_place_taken_meanwhile_is_no_hindrance(pair, rep, board, stages):
    made = merge(pair, rep)
    [gone] = made.cards
    make.card(board, "Other", stage=stages["prospects"])
    Card.objects.filter(lead__name="Other").update(rank=gone["row"]["rank"])
    merging.undo_merge(made, by=rep.user)
    assert list(Card.objects.filter(stage=stages["prospects"]).order_by("rank").values_list("lead__name", flat=True)) == [
        "Anna Melnyk",
        "Other",
    ]


def test_cards_of_past_campaigns_are_united_and_come_back(pair, rep, company, board, stages):
    past = Board.objects.create(rep=rep.rep, campaign=company.before)
    stage = past.stages.create(place=1, standard="prospects")
    cards = [
        Card.objects.create(board=past, lead=lead, stage=stage, rank=n, closed_at=timezone.now(), closed_as="moved_on")
        for n, lead in enumerate(pair)
    ]
    for old, lead in zip(cards, pair, strict=True):
        Card.objects.filter(board=board, lead=lead).update(came_from=old)
    before = everything()
    made = merge(pair, rep)
    assert sorted(Card.objects.values_list("board", flat=True)) == sorted([past.pk, board.pk])
    merging.undo_merge(made, by=rep.user)
    assert everything() == before


def test_who_is_not_to_be_contacted_stays_so(pair, rep):
    actions.stop_contact(pair[0], by=rep.user)
    merge(pair, rep)
    lead = Lead.objects.get()
    assert not lead.may_be_contacted
    assert (lead.reminders.get().state, Notification.objects.get().state) == ("cancelled", "cancelled")


def test_the_work_list_knows_the_person_again(pair, rep):
    Lead.objects.filter(pk=pair[1].pk).update(person_code="P1", source="company")
    merge(pair, rep)
    assert Lead.objects.get().person_code == "P1"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"person_code": "P1"}, {"person_code": "P2"}),
        ({"note": "x" * 1500}, {"note": "y" * 1500}),
        ({"tags": [f"a{n}" for n in range(6)]}, {"tags": [f"b{n}" for n in range(6)]}),
        (
            {"other_phones": [f"+38067111000{n}" for n in range(3)]},
            {"other_phones": [f"+38050111000{n}" for n in range(3)]},
        ),
    ],
)
def test_too_much_of_two_is_refused(first, second, pair, rep):
    for lead, fields in zip(pair, (first, second), strict=True):
        Lead.objects.filter(pk=lead.pk).update(**fields)
    with pytest.raises(Refusal):
        merge(pair, rep)
    assert (Lead.objects.count(), Merge.objects.count()) == (2, 0)


def test_only_ones_own_and_two(pair, rep, stranger):
    theirs = make.lead(stranger.rep, "Other")
    for one, two, who in ((pair[0], pair[0], rep), (pair[0], theirs, rep), (theirs, pair[0], rep), (*pair, stranger)):
        with pytest.raises(Refusal):
            merging.merge_leads(one, two, by=who.user)
    made = merge(pair, rep)
    with pytest.raises(Refusal):
        merging.undo_merge(made, by=stranger.user)
    assert Lead.objects.filter(owner=rep.rep).count() == 1


def refused(made, rep):
    with pytest.raises(Refusal) as refusal:
        merging.undo_merge(made, by=rep.user)
    assert Merge.objects.get(pk=made.pk).undone_at is None
    return refusal.value


def test_a_change_since_forbids_to_undo(pair, rep):
    made = merge(pair, rep)
    people.edit_lead(pair[0], by=rep.user, name="Anna", phone="0671112233")
    assert refused(made, rep).sentence == "Anna was changed since, so this cannot be undone."


def test_the_number_given_to_somebody_new_forbids_to_undo(pair, rep):
    made = merge(pair, rep)
    Lead.objects.create(owner=rep.rep, name="New", phone=pair[1].phone)
    assert refused(made, rep).sentence == "You already have this number: New"


def test_a_campaign_that_closed_since_forbids_to_undo(pair, rep, board):
    made = merge(pair, rep)
    Board.objects.filter(pk=board.pk).update(rolled_at=timezone.now())
    assert refused(made, rep).sentence == "The campaign has closed since, so this cannot be undone."


def test_merges_are_undone_from_the_last_on(pair, rep):
    third = make.lead(rep.rep, "Third")
    before = everything()
    one = merge(pair, rep)
    two = merging.merge_leads(third, pair[0], by=rep.user)
    assert Lead.objects.get().pk == third.pk
    one.refresh_from_db()
    assert one.kept == third
    assert "merged once more since" in refused(one, rep).sentence
    merging.undo_merge(two, by=rep.user)
    merging.undo_merge(one, by=rep.user)
    assert everything() == before


def test_both_ways_are_counted_as_actions(pair, rep):
    before = ActivityCount.objects.get(rep=rep.rep, kind="lead").n
    merging.undo_merge(merge(pair, rep), by=rep.user)
    assert ActivityCount.objects.get(rep=rep.rep, kind="lead").n == before + 2


def test_a_merge_of_an_older_version_is_undone_too(pair, rep):
    made = merge(pair, rep)
    newer = ("family", "likes", "hotness", "channel", "hour", "zone", "legal_basis", "consents", "consented_on")
    for kept in (made.lead, made.before, made.after):
        for name in newer:
            del kept[name]
    for name in ("importantdate", "check", "attachment"):
        del made.moved[name]
    made.save(update_fields=["lead", "before", "after", "moved"])
    assert merging.undo_merge(made, by=rep.user).hotness == 0
