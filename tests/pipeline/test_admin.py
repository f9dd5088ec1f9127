"""Board templates in the admin."""

import pytest
from django.urls import reverse

from pipeline.models import BoardTemplate, TemplateStage

ADD = reverse("admin:pipeline_boardtemplate_add")


def stages_said(*rows):
    said = {"stages-TOTAL_FORMS": len(rows), "stages-INITIAL_FORMS": 0, "stages-MIN_NUM_FORMS": 0, "stages-MAX_NUM_FORMS": 12}
    for n, row in enumerate(rows):
        said |= {f"stages-{n}-{name}": value for name, value in {"standard": "", "own_name": "", "end": "", **row}.items()}
    return said


GOOD = ({"place": 1, "standard": "prospects"}, {"place": 2, "own_name": "Meeting", "limit": 9, "days": 3, "needs": ["phone", "tag"]})


def test_staff_make_and_change_a_template(staff, company):
    assert staff.post(ADD, {"market": company.market.pk, **stages_said(*GOOD)}).status_code == 302
    template = BoardTemplate.objects.get(market=company.market)
    rows = template.stages.order_by("place").values_list("standard", "own_name", "limit", "days", "needs")
    assert list(rows) == [("prospects", "", None, None, []), ("", "Meeting", 9, 3, ["phone", "tag"])]
    change = reverse("admin:pipeline_boardtemplate_change", args=[template.pk])
    first, second = template.stages.order_by("place")
    said = stages_said({"place": 2, "standard": "prospects", "id": first.pk}, {"place": 1, "own_name": "Met", "id": second.pk})
    assert staff.post(change, {**said, "stages-INITIAL_FORMS": 2}).status_code == 302
    assert [str(stage) for stage in template.stages.order_by("place")] == ["Met", "Prospects"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ((), "A template has 1 to 12 stages."),
        (({"place": 1, "own_name": "A"}, {"place": 1, "own_name": "B"}), "Please correct the duplicate"),
        (({"place": 1, "own_name": "A"}, {"place": 2, "own_name": "a"}), "Two stages have the same name."),
        (({"place": 2, "own_name": "A"}, {"place": 1, "own_name": "B", "end": "won"}), "People begin on the first stage"),
        (({"place": 1, "own_name": "A", "needs": ["phone"]},), "People begin on the first stage"),
        (({"place": 1},), "Give the stage a name, or pick a standard one."),
        (({"place": 1, "own_name": "A", "limit": 0},), "greater than or equal to 1"),
        (({"place": 1, "own_name": "A", "needs": ["money"]},), "not one of the available choices"),
    ],
)
def test_a_template_without_sense_is_not_kept(rows, told, staff, company):
    response = staff.post(ADD, {"market": company.market.pk, **stages_said(*rows)})
    assert response.status_code == 200
    assert told in response.content.decode()
    assert (BoardTemplate.objects.count(), TemplateStage.objects.count()) == (0, 0)


def test_one_for_a_market_and_for_markets_only(staff, company):
    assert staff.post(ADD, {"market": company.region.pk, **stages_said(*GOOD)}).status_code == 200
    BoardTemplate.objects.create(market=company.market)
    assert staff.post(ADD, {"market": company.market.pk, **stages_said(*GOOD)}).status_code == 200
    assert BoardTemplate.objects.count() == 1


def test_a_manager_sees_it_and_changes_nothing(manager, company):
    template = BoardTemplate.objects.create(market=company.market)
    change = reverse("admin:pipeline_boardtemplate_change", args=[template.pk])
    assert manager.post(change, stages_said(*GOOD)).status_code == 403
    assert manager.get(ADD).status_code == 403
