"""Adding a lead."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import suppression
from leads.models import Lead
from pipeline.models import Board, Card
from teams.models import ActivityCount
from tests import make

ADD = reverse("pipeline:add")


def test_works_and_the_form_stays_for_the_next(rep, board, stages):
    data = {
        "name": "  Оксана \u202e Мельник ",
        "phone": "067 111 22 33",
        "kind": "customer",
        "stage": stages["offer"].pk,
        "tags": "vip, gym,vip",
        "note": "likes red",
    }
    response = rep.post(ADD, data)
    assert (response.status_code, response["Location"]) == (302, f"{ADD}?stage={stages['offer'].pk}")
    lead = Lead.objects.get()
    assert (lead.owner, lead.name, lead.phone, lead.kind, lead.tags, lead.note) == (
        rep.rep,
        "Оксана Мельник",
        "+380671112233",
        "customer",
        ["vip", "gym"],
        "likes red",
    )
    assert Card.objects.get().stage == stages["offer"]
    page = rep.get(response["Location"]).content.decode()
    assert "Added: Оксана Мельник" in page
    assert f'<option value="{stages["offer"].pk}" selected>' in page
    assert ActivityCount.objects.get(rep=rep.rep, kind="lead").n == 1


def test_only_the_name_is_needed_and_the_board_is_made(rep, company):
    rep.post(ADD, {"name": "Burl"})
    board = Board.objects.get(rep=rep.rep, campaign=company.campaign)
    assert Card.objects.get().stage == board.stages.get(place=1)


def test_looking_makes_no_board(rep):
    assert rep.get(ADD).status_code == 200
    assert Board.objects.count() == 0


def test_between_campaigns_the_lead_is_kept_without_a_card(rep, company):
    company.campaign.delete()
    assert rep.post(ADD, {"name": "Burl"}).status_code == 302
    assert (Lead.objects.count(), Card.objects.count()) == (1, 0)


def test_a_double_submit_adds_one(rep, board):
    for _ in range(2):
        assert rep.post(ADD, {"name": "Burl", "once": "a" * 32}).status_code == 302
    assert (Lead.objects.count(), Card.objects.count()) == (1, 1)
    assert ActivityCount.objects.get(rep=rep.rep, kind="lead").n == 1


def test_a_number_already_there_names_its_person(rep, card):
    response = rep.post(ADD, {"name": "Somebody", "phone": "+38 (067) 111-22-33"})
    assert response.status_code == 422
    page = response.content.decode()
    assert "You already have this number: Oksana Melnyk" in page
    assert f'href="{card.lead.get_absolute_url()}"' in page
    assert 'value="Somebody"' in page
    assert Lead.objects.count() == 1


def test_an_e_mail_already_there_names_its_person(rep, board):
    make.lead(rep.rep, "Grace", email="grace@example.com")
    page = rep.post(ADD, {"name": "Other", "email": "GRACE@example.com"}).content.decode()
    assert "You already have this e-mail: Grace" in page


def test_two_reps_may_know_the_same_person(rep, upline, card):
    assert upline.post(ADD, {"name": "Oksana", "phone": card.lead.phone}).status_code == 302


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": " \u200b "}, "Enter a name."),
        ({"name": "x" * 121}, "Ensure this value has at most 120 characters (it has 121)."),
        ({"name": "B", "phone": "12"}, "This is not a phone number. Enter all its digits."),
        ({"name": "B", "phone": "3.80671E+11"}, "A spreadsheet has shortened this number. Enter all its digits."),
        ({"name": "B", "email": "oksana@ukr"}, "Enter a valid email address."),
        ({"name": "B", "birthday": str(timezone.now().date() + dt.timedelta(days=2))}, "A birthday cannot lie in the future."),
        ({"name": "B", "birthday": "1800-01-01"}, "This year is too long ago."),
        ({"name": "B", "tags": ",".join(map(str, range(11)))}, "At most 10 tags."),
        ({"name": "B", "tags": "x" * 31}, "A tag has at most 30 characters."),
        ({"name": "B", "kind": "king"}, "Select a valid choice. king is not one of the available choices."),
        ({"name": "B", "stage": "0"}, "Select a valid choice. That choice is not one of the available choices."),
    ],
)
def test_bad_input_is_422_and_keeps_what_was_typed(data, sentence, rep, board):
    response = rep.post(ADD, {"note": "what was typed", **data})
    assert response.status_code == 422
    page = response.content.decode()
    assert sentence in page
    assert "what was typed" in page
    assert Lead.objects.count() == 0


def test_hostile_words_are_only_text(rep, board):
    page = rep.post(ADD, {"name": '"><script>alert(1)</script>', "phone": "x"}).content.decode()
    assert "<script>alert" not in page


def test_managers_do_not_add_leads(manager):
    assert manager.post(ADD, {"name": "B"})["Location"] == reverse("admin:index")
    assert Lead.objects.count() == 0


@pytest.mark.parametrize("n", [1, 3])
def test_queries(n, rep, board, django_assert_num_queries):
    make.cards(board, n)
    with django_assert_num_queries(8):
        rep.get(ADD)


def test_who_asked_the_company_not_to_be_contacted_is_refused_with_a_sentence(rep, staff):
    suppression.suppress("0671112233", by=staff.user, why="Asked by letter")
    response = rep.post(ADD, {"name": "Burl", "phone": "067 111 22 33"})
    assert response.status_code == 422
    assert "This person asked the company not to be contacted" in response.content.decode()
    assert Lead.objects.count() == 0
