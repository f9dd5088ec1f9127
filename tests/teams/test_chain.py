"""The upline by the parent links, whatever the index says."""

from teams import tree
from teams.models import Rep
from tests import make


def test_the_chain_goes_up_to_the_root(company):
    top = make.rep("1", company.territory)
    middle = make.rep("2", company.territory, sponsor=top)
    low = make.rep("3", company.territory, sponsor=middle)
    make.rep("4", company.territory, sponsor=top)
    assert [tree.chain(rep) for rep in (top, middle, low)] == [[], [top.pk], [middle.pk, top.pk]]


def test_a_ring_in_broken_data_ends_the_chain(company):
    first = make.rep("1", company.territory)
    second = make.rep("2", company.territory, sponsor=first)
    Rep.objects.filter(pk=first.pk).update(sponsor=second)
    first.refresh_from_db()
    assert set(tree.chain(first)) == {first.pk, second.pk}


def test_one_query(company, django_assert_num_queries):
    low = make.rep("2", company.territory, sponsor=make.rep("1", company.territory))
    with django_assert_num_queries(1):
        tree.chain(low)
