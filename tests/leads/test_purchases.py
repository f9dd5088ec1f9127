"""What a lead buys."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import Campaign, Product
from cotano.jobs.refusals import Refusal
from cotano.lib import clock
from leads import purchases, reminders
from leads.models import Lead, Purchase, Reminder
from leads.purchases import Mark
from teams.models import ActivityCount
from tests import make


def bought(lead, campaign, item="Cream", **said):
    return purchases.add_purchase(lead, campaign, by=lead.owner.user, item=item, **{"quantity": 2, "price": Decimal("120.50"), **said})


def counted(rep):
    return sum(ActivityCount.objects.filter(rep=rep.rep, kind="purchase").values_list("n", flat=True))


def these(*found):
    return Purchase.objects.filter(pk__in=[purchase.pk for purchase in found])


def test_a_purchase_is_noted_and_counts_as_a_contact(rep, lead, company):
    purchase = bought(lead, company.campaign, item=" Cream\n\u202egift ")
    assert (purchase.item, purchase.quantity, purchase.price, purchase.currency) == ("Cream gift", 2, Decimal("120.50"), "UAH")
    assert (purchase.rep, purchase.state, purchase.cost) == (rep.rep, Purchase.State.WANTED, Decimal(241))
    assert Lead.objects.get(pk=lead.pk).contacted_at == purchase.wanted_at
    assert counted(rep) == 1


def test_a_reminder_that_had_come_due_is_done_by_it(rep, lead, company):
    today = clock.today(rep.user.zone, timezone.now())
    reminders.set_reminder(lead, by=rep.user, day=today + dt.timedelta(days=1), time=dt.time(10))
    with time_machine.travel(timezone.now() + dt.timedelta(days=3)):
        bought(lead, company.campaign)
    assert Reminder.objects.get().state == Reminder.State.DONE


def test_the_same_form_twenty_times_is_one_purchase(rep, lead, company):
    made = {bought(lead, company.campaign, once="a1").pk for _ in range(20)}
    assert (len(made), Purchase.objects.count(), counted(rep)) == (1, 1, 1)


@pytest.mark.parametrize(
    "said",
    [
        {"item": " \u200b "},
        {"item": "x" * 121},
        {"quantity": 0},
        {"quantity": 10_000},
        {"quantity": -1},
        {"price": Decimal(-1)},
        {"price": Decimal("NaN")},
        {"price": Decimal("Infinity")},
        {"price": Decimal("1e309")},
        {"price": Decimal(10) ** 12},
        {"price": Decimal("0.001")},
    ],
)
def test_what_cannot_be_bought_is_refused(said, lead, company):
    with pytest.raises(Refusal):
        bought(lead, company.campaign, **said)
    purchase = bought(lead, company.campaign)
    with pytest.raises(Refusal):
        purchases.edit_purchase(purchase, by=lead.owner.user, **{"item": "Cream", "quantity": 1, "price": Decimal(1), **said})
    assert Purchase.objects.get().cost == Decimal(241)


def test_a_product_is_of_the_own_market(lead, company):
    cream = Product.objects.create(market=company.market, code="1", name="Cream, red", price=90)
    assert bought(lead, company.campaign, item="", product=cream).item == "Cream, red"
    other = make.territories("PL", currency="PLN", language="pl", zone="Europe/Warsaw")["PL"]
    foreign = Product.objects.create(market=other, code="1", name="Cream", price=90)
    with pytest.raises(Refusal):
        bought(lead, company.campaign, product=foreign)


def test_of_a_closed_or_foreign_campaign_nothing_is_wanted(lead, company):
    for campaign in (company.before, make.campaigns(make.calendar(company.market, "UB"))[1]):
        with pytest.raises(Refusal) as refused:
            bought(lead, campaign)
        assert refused.value.status == 409


def test_one_person_buys_so_much_and_not_more(lead, company, monkeypatch):
    monkeypatch.setattr(purchases, "MOST_PURCHASES", 2)
    first = bought(lead, company.campaign)
    bought(lead, company.campaign)
    with pytest.raises(Refusal):
        bought(lead, company.campaign)
    purchases.remove_purchase(first, by=lead.owner.user)
    bought(lead, company.campaign)


def test_editing_writes_what_changed(rep, lead, company):
    purchase = bought(lead, company.campaign)
    for _ in range(2):
        changed = purchases.edit_purchase(purchase, by=rep.user, item="Cream", quantity=3, price=Decimal("120.50"))
    assert (changed.quantity, changed.cost, counted(rep)) == (3, Decimal("361.50"), 2)


def test_removed_and_back(rep, lead, company):
    purchase = bought(lead, company.campaign)
    for _ in range(2):
        purchases.remove_purchase(purchase, by=rep.user)
    assert not Purchase.objects.visible_to(rep.user).exists()
    with pytest.raises(Refusal):
        purchases.edit_purchase(purchase, by=rep.user, item="Cream", quantity=3, price=Decimal(1))
    for _ in range(2):
        purchases.restore_purchase(purchase, by=rep.user)
    assert (Purchase.objects.visible_to(rep.user).count(), counted(rep)) == (1, 3)


def test_after_the_close_only_delivery_and_payment_are_noted(rep, lead, company):
    purchase = bought(lead, company.campaign)
    Campaign.objects.filter(pk=company.campaign.pk).update(closed_at=timezone.now())
    for act in (purchases.remove_purchase, lambda one, by: purchases.edit_purchase(one, by=by, item="x", quantity=1, price=Decimal(1))):
        with pytest.raises(Refusal) as refused:
            act(purchase, by=rep.user)
        assert refused.value.status == 409
    assert purchases.order(these(purchase), by=rep.user) == []
    assert purchases.deliver(these(purchase), by=rep.user, on=clock.today(rep.user.zone, timezone.now())) == [purchase]
    assert purchases.settle(these(purchase), by=rep.user) == [purchase]
    assert Purchase.objects.get().state == Purchase.State.DELIVERED


def test_all_that_is_wanted_is_ordered_at_once(rep, lead, company):
    first, second, handed_over = (bought(lead, company.campaign, item=item) for item in "abc")
    today = clock.today(rep.user.zone, timezone.now())
    purchases.deliver(these(handed_over), by=rep.user, on=today)
    ordered = purchases.order(Purchase.objects.all(), by=rep.user)
    assert ordered == [first, second]
    assert purchases.order(Purchase.objects.all(), by=rep.user) == []
    assert counted(rep) == 3 + 2
    late = bought(lead, company.campaign, item="d")
    purchases.order(these(late), by=rep.user)
    back = purchases.take_back(Mark.ORDERED, Purchase.objects.all(), by=rep.user, noted_at=ordered[0].ordered_at)
    assert back == [first, second]
    states = [purchase.state for purchase in Purchase.objects.order_by("item")]
    assert states == ["wanted", "wanted", "delivered", "ordered"]


def test_a_delivery_has_a_day(rep, lead, company):
    purchase = bought(lead, company.campaign)
    today = clock.today(rep.user.zone, timezone.now())
    for day in (today + dt.timedelta(days=1), today - dt.timedelta(days=367), dt.date.min, dt.date.max):
        with pytest.raises(Refusal):
            purchases.deliver(these(purchase), by=rep.user, on=day)
    assert purchases.deliver(these(purchase), by=rep.user, on=today - dt.timedelta(days=3)) == [purchase]
    assert purchases.deliver(these(purchase), by=rep.user, on=today) == []
    assert Purchase.objects.get().delivered_on == today - dt.timedelta(days=3)
    assert purchases.take_back(Mark.DELIVERED, these(purchase), by=rep.user) == [purchase]
    assert (Purchase.objects.get().delivered_on, Purchase.objects.get().state) == (None, "wanted")


def test_nobody_marks_what_is_another_reps(rep, stranger, upline, manager, lead, company):
    purchase = bought(lead, company.campaign)
    today = clock.today(rep.user.zone, timezone.now())
    for person in (stranger, upline, manager):
        assert purchases.order(Purchase.objects.all(), by=person.user) == []
        assert purchases.deliver(Purchase.objects.all(), by=person.user, on=today) == []
        assert purchases.settle(Purchase.objects.all(), by=person.user) == []
        assert purchases.take_back(Mark.PAID, Purchase.objects.all(), by=person.user) == []
        for act in (purchases.remove_purchase, purchases.restore_purchase):
            with pytest.raises(Refusal):
                act(purchase, by=person.user)
        with pytest.raises(Refusal):
            purchases.add_purchase(lead, company.campaign, by=person.user, item="x", quantity=1, price=Decimal(1))
    assert Purchase.objects.get().state == "wanted"


def test_marking_many_costs_no_more_than_marking_one(rep, board, company, django_assert_num_queries):
    leads = [card.lead for card in make.cards(board, 3)]
    first = bought(leads[0], company.campaign)
    with django_assert_num_queries(6):
        purchases.settle(these(first), by=rep.user)
    for lead in leads:
        bought(lead, company.campaign)
    with django_assert_num_queries(6):
        assert len(purchases.settle(Purchase.objects.all(), by=rep.user)) == 3
