"""Without network: a page says so, in the product's look, and the wanted one opens when it is back."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.flows.test_pages import faults
from tests.flows.test_team import shot

pytestmark = pytest.mark.django_db(transaction=True)

KEPT = """async () => {
  await navigator.serviceWorker.ready;
  const [name] = await caches.keys();
  return (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname).sort();
}"""


def test_the_network_goes_and_comes_back(phone, rep):
    page = phone(rep, service_workers="allow")
    page.goto("/")
    kept = page.evaluate(KEPT)
    assert len(kept) == 8
    assert [path for path in kept if not path.startswith("/static/")] == ["/offline/"]  # no page with people on it
    page.reload()
    page.context.set_offline(True)
    page.goto(reverse("pipeline:contacts"))
    expect(page.get_by_role("heading", name="There is no network")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.btn')).minHeight") == "56px"  # the style is there as well
    shot(page, "offline")
    page.context.set_offline(False)
    page.complaints.clear()  # the browser's own word about the lost connection
    assert faults(page) == []
    page.get_by_role("link", name="Try again").tap()
    expect(page.get_by_role("heading", name="Contacts")).to_be_visible()
