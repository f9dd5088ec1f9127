"""What every page of a phone promises, measured on each in one walk: weight, requests, hosts, shift, rights of the content, readability.

The pages are those of the matrix of rights that show a rep something, so a new page is walked as soon as it has its row there. All
that people have written is hostile. The languages take turns over the pages, and so do light and dark (the main pages are looked at
in both by test_pages.py); SIZE=full asks for every page in each.
"""

import gzip
import json
import os
from pathlib import Path

import pytest
from django.urls import reverse

from leads.models import Comment, Lead, Reminder
from pipeline.models import Stage
from teams.models import Rep, User
from tests import sizes
from tests.conftest import Person
from tests.flows.test_pages import faults
from tests.matrix import asking, cases, world
from tests.matrix.rows import PAGES
from tests.test_weights import files

pytestmark = pytest.mark.django_db(transaction=True)

PARTS = 4  # for as many processes
LANGUAGES = ("en", "ru", "uk")
WHO = "mid"  # a rep with a team, who has one of everything
HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}{% now %}\u202edrawkcab Олександра-Вікторія Кузьменко-Чорнобривець"
WATCH = """
window.shift = 0; window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => window.refused.push(`${event.effectiveDirective} ${event.blockedURI}`));
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
LIGHT = {"pipeline:lead": 30}  # kB of a cold page; of all others 45


def shown():
    """(name, row) of the pages that show the rep something."""
    return [(f"{row.view} {row.note}".strip(), row) for row in PAGES if row.get is not None and cases._decide(row.get, WHO, WHO) == (200,)]


@pytest.fixture
def firm(db):
    """The matrix's company; whatever the rep has written is hostile."""
    made = world.build()
    rep = made.company["rep"][WHO]
    Lead.objects.filter(owner=rep).update(name=HOSTILE, note=HOSTILE, tags=[HOSTILE[:30]])
    Comment.objects.filter(lead__owner=rep).update(text=HOSTILE * 3)
    Reminder.objects.filter(owner=rep, lead=None).update(title=HOSTILE)
    Stage.objects.filter(board__rep=rep, standard="").update(own_name=HOSTILE[:40])
    Rep.objects.filter(pk__in=[one.pk for one in made.company["rep"].values()]).update(name=HOSTILE)
    User.objects.filter(pk=rep.user_id).update(name=HOSTILE)
    return made


def weigh(body):
    """(kB of the cold page, kB of its scripts, kB of its styles, files besides the page) on the wire."""
    sizes_of = files(body.decode())
    kind = {end: sum(size for path, size in sizes_of.items() if path.endswith(end)) / 1024 for end in (".js", ".css")}
    return len(gzip.compress(body, 6)) / 1024 + sum(sizes_of.values()) / 1024, kind[".js"], kind[".css"], len(sizes_of)


def measure(page, body, row):
    """What is wrong with the page that is open, and its figures."""
    page.wait_for_load_state("load")
    total, scripts, styles, _count = weigh(body)
    shift, refused = page.evaluate("[window.shift, window.refused]")
    figures = {
        "kB": total,
        "js": scripts,
        "css": styles,
        "requests": len(page.asked),
        "html": len(gzip.compress(body, 6)) / 1024,
        "cls": shift,
    }
    here = page.url.split("/")[2]
    promises = {
        f"{total:.1f} kB": total <= LIGHT.get(row.view, 45),
        f"{scripts:.1f} kB of scripts": scripts <= 30,
        f"{styles:.1f} kB of styles": styles <= 8,
        f"asks {len(page.asked)} times": len(page.asked) <= 10,
        f"moves by {shift:.3f}": shift <= 0.02,
        f"refused: {refused}": refused == [],
        f"foreign: {page.asked}": all(url.split("/")[2] == here for url in page.asked if not url.startswith("data:")),
        f"dialogs: {page.dialogs}": page.dialogs == [],
    }
    return [said for said, holds in promises.items() if not holds], figures


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_keeps_its_promises(phone, firm, part):
    rep = firm.company["rep"][WHO]
    person = Person(User.objects.get(pk=rep.user_id))
    page = phone(person)
    page.add_init_script(WATCH)
    page.asked, page.dialogs = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("dialog", lambda dialog: (page.dialogs.append(dialog.message), dialog.dismiss()))
    ids = {**firm.company, **firm.things[WHO].ids}
    wrong, table = {}, {}
    for n, (name, row) in enumerate(shown()[part::PARTS]):
        query = {key: asking.fill(value, ids) for key, value in row.query.items()}
        address = asking.address(row, ids)
        answer = person.get(address, query)
        if not answer.headers["Content-Type"].startswith("text/html") or "attachment" in answer.headers.get("Content-Disposition", ""):
            continue
        for language in LANGUAGES if sizes.FULL else [LANGUAGES[n % len(LANGUAGES)]]:
            User.objects.filter(pk=rep.user_id).update(language=language)
            page.set_viewport_size({"width": 390, "height": 844})
            page.emulate_media(color_scheme="light", reduced_motion="reduce")
            page.asked.clear()
            page.goto(address + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else ""))
            found, table[f"{name} {language}"] = measure(page, answer.content, row)
            schemes = ("light", "dark") if sizes.FULL else (("light", "dark")[n % 2],)
            found += faults(page, schemes=schemes, thorough=True)
            if found:
                wrong[f"{name} {language}"] = found
            page.complaints.clear()
            page.dialogs.clear()
    if folder := os.environ.get("MEASURES"):
        Path(folder, f"measures-{part}.json").write_text(json.dumps(table, indent=1))
    assert table
    assert wrong == {}


def test_the_walk_meets_the_pages_of_the_bar():
    walked = {row.view for _name, row in shown()}
    assert {reverse(view) for view in walked if view in ("pipeline:home", "pipeline:boards", "pipeline:add", "pipeline:contacts")} == {
        "/",
        "/boards/",
        "/leads/add/",
        "/contacts/",
    }
