"""A small company in which every rep's private words are canaries: strings that nobody else may ever be shown."""

import datetime as dt
from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from campaigns import invitations, snapshots
from campaigns.models import CallFirst, Cause, Goal, GoalChange, GoalSuggestion, NudgeRule, Order, Plan, Product, Title, TitleRequirement
from cotano.jobs import actions as jobs
from cotano.jobs import exports
from cotano.jobs.models import Export, Job
from cotano.lib import phones
from leads import actions as follow_up
from leads import asides, cadences, reminders, suppression
from leads import attachments as store
from leads.models import Cadence, Lead, MessageTemplate
from notifications import actions as notifications
from notifications.models import Device, Notification
from pipeline import actions, feeds, merging, selected, shares
from pipeline.models import Board, BoardTemplate, TemplateStage, WorkItem
from teams.models import Assignment, Rep, Session, SponsorChange, StatusChange, User
from teams.roles import sync_roles
from tests import files, make
from tests.conftest import Person

# name -> (sponsor, territory). `off` has a log-in that is switched off, `removed` the company has removed.
REPS = {
    "top": ("", "UA-N-01"),
    "mid": ("top", "UA-N-01"),
    "leaf": ("mid", "UA-N-01"),
    "deep": ("leaf", "UA-N-01"),
    "sibling": ("top", "UA-N-01"),
    "off": ("mid", "UA-N-01"),
    "removed": ("mid", "UA-N-01"),
    "stranger": ("", "UA-N-02"),
    "both": ("", "UA-N-02"),  # also a manager
}
# name -> (group, territories) of people who open the admin
INSIDERS = {
    "boss": ("Manager", ["UA-N-01"]),
    "other_boss": ("Manager", ["UA-N-02"]),
    "regional": ("Manager", ["UA-N"]),
    "homeless": ("Manager", []),
    "staff": ("Staff", []),
    "analyst": ("Analyst", []),
    "support": ("Support", []),
    "admin": ("", []),
}
MANAGED = {"both": "UA-N-01", "boss": "UA-N-01", "other_boss": "UA-N-02", "regional": "UA-N"}
COMPANY = ("staff", "analyst", "support", "admin")
VIEWERS = (
    *(name for name in REPS if name != "deep"),
    *INSIDERS,
    "loose",
    "nobody",
    "api",
)  # `loose`: a log-in without a rep; `api`: nobody, with a bearer token
GONE = ("off", "removed")
SHARED = {("stranger", "mid"): True, ("top", "leaf"): False}  # (helper, owner) -> whether the helper may comment


@dataclass
class Things:
    """The ids of one rep's things."""

    ids: dict[str, object]
    canaries: dict[str, list[str]] = field(default_factory=dict)  # kind -> strings in small letters


@dataclass
class World:
    """Everybody, with their log-ins; the things of each rep; where the company's own things are."""

    clients: dict[str, Client]
    users: dict[str, User]
    things: dict[str, Things]
    company: dict[str, object]


def word(owner, what):
    """A string nobody types by chance."""
    return f"zq{owner}{what}"


def number(owner, last):
    """A phone of this owner's own, as people type it."""
    return f"06711{list(REPS).index(owner):02d}{last:03d}"


def said(typed):
    """All ways a phone is written."""
    e164 = phones.e164(typed, "UA")
    return [e164, e164[1:], phones.spoken(e164), typed]


def build():
    """Make it; the caller holds the transaction."""
    sync_roles()
    places = make.territories()
    before, running, _following = make.campaigns(make.calendar(places["UA"]))
    users, reps = {}, {}
    for name, (sponsor, place) in REPS.items():
        rep = make.rep(
            name.upper(),
            places[place],
            sponsor=reps.get(sponsor),
            name=word(name, "name"),
            phone=phones.e164(number(name, 999), "UA"),
            email=f"{word(name, 'rep')}@example.com",
        )
        User.objects.filter(pk=rep.user_id).update(
            name=word(name, "user"), email=f"{word(name, 'login')}@example.com", phone=phones.e164(number(name, 998), "UA"), zone="UTC"
        )
        reps[name] = Rep.objects.select_related("user", "territory").get(pk=rep.pk)
        users[name] = reps[name].user
    for name, (group, spots) in INSIDERS.items():
        users[name] = make.user(f"{name} insider", is_staff=True, is_superuser=name == "admin", phone=None)
        if group:
            users[name].groups.add(Group.objects.get(name=group))
        Assignment.objects.bulk_create(Assignment(user=users[name], territory=places[spot]) for spot in spots)
    User.objects.filter(pk=users["both"].pk).update(is_staff=True)
    users["both"].groups.add(Group.objects.get(name="Manager"))
    Assignment.objects.create(user=users["both"], territory=places[MANAGED["both"]])
    users["loose"] = make.user("loose end")
    clients = {name: Person(User.objects.get(pk=user.pk)).client for name, user in users.items()}
    clients["nobody"], clients["api"] = Client(), Client(headers={"Authorization": "Bearer sesame"})
    things = {name: _things(name, rep, before, running) for name, rep in reps.items()}
    _share(things, reps)
    file = b"code,name,kind,parent_code\nUA-N-09,zqstaffgood,territory,UA-N\nUA-N-10,zqstaffbad,territory,NOWHERE\n"
    loaded = jobs.load(users["staff"], "territories", file, name="zqstafffile.csv")
    company = {
        "rep": reps,
        "campaign": running.pk,
        "calendar": running.calendar_id,
        **_ladder(places["UA"]),
        "place": places["UA-N-01"].pk,
        "other_place": places["UA-N-02"].pk,
        "group": Group.objects.get(name="Manager").pk,
        "company_job": loaded.pk,
        "nudge_rule": NudgeRule.objects.create(topic="stale", days=9).pk,
        "cadence": _cadence(),
        "company_template": MessageTemplate.objects.create(name="Company", text="Hi {first_name}", language="uk").pk,
        "suppression": suppression.suppress("0509998877", by=users["staff"], why="asked by letter").pk,
        "given_up": _given_up(users["loose"]).pk,
        "authenticator": Authenticator.objects.create(user=users["loose"], type=Authenticator.Type.TOTP, data={"secret": "x"}).pk,
    }
    User.objects.filter(pk=users["off"].pk).update(is_active=False)
    clients["off"].get("/livez")  # the next request ends everything
    _remove(users["staff"], reps["removed"])
    held = _removal(users["staff"], *list(reps.values())[:5])
    assert (held.state, held.asks) == (Job.State.HELD, 5), (held.sentence, held.counts)
    company["held_job"] = held.pk
    for name, rep in reps.items():
        _history(things[name].ids, rep, users["staff"], reps["stranger" if name != "stranger" else "top"])
    company["run"] = snapshots.take(running, cause=Cause.ASKED).pk
    CallFirst.objects.all().delete()
    for rep in reps.values():
        said = {"reason": CallFirst.Reason.TWO_IDLE, "by_day": running.order_deadline, "since": timezone.now()}
        CallFirst.objects.create(rep=rep, campaign=running, territory=rep.territory, **said)
    return World(clients, users, things, company)


def _cadence():
    """One of the company's."""
    cadence = Cadence.objects.create(own_name="The company's way")
    cadence.steps.create(place=1, after=3)
    return cadence.pk


def _ladder(market):
    """The market's titles, plan and products."""
    low, high = (Title.objects.create(market=market, code=f"T{n}", name=f"Title {n}", place=n) for n in (1, 2))
    asked = TitleRequirement.objects.create(title=high, figure="legs_with_title", at_least=2, of_title=low)
    plan = Plan.objects.create(market=market, depth=1, percent=5)
    product = Product.objects.create(market=market, code="P1", name="Cream", price=100)
    template = BoardTemplate.objects.create(market=market)
    TemplateStage.objects.create(template=template, place=1, standard="prospects")
    return {"title": high.pk, "requirement": asked.pk, "plan": plan.pk, "product": product.pk, "template": template.pk}


def _removal(staff, *gone):
    """A roster in which the company removes these reps; the removal of five is held for a second person."""
    lines = [["code", "sponsor_code", "name", "territory_code", "joined_campaign", "calendar", "status"]]
    for rep in gone:
        sponsor = rep.sponsor.code if rep.sponsor else ""
        lines.append([rep.code, sponsor, rep.name, rep.territory.code, "2020-01", rep.calendar, "removed"])
    return jobs.load(staff, "roster", "\n".join(",".join(cells) for cells in lines).encode(), name="zqstaffroster.csv")


def _remove(staff, rep):
    """The company's next roster says so."""
    assert _removal(staff, rep).state == Job.State.DONE
    rep.refresh_from_db()
    assert rep.status == Rep.Status.REMOVED


def _history(ids, rep, staff, elsewhere):
    """The company moved the rep from a sponsor in another territory, has planned another one, and took the rep back."""
    said = {"rep": rep, "by": staff, "at": timezone.now()}
    change = SponsorChange(
        was=elsewhere,
        calendar=rep.calendar,
        state="applied",
        cause="person",
        why=word(rep.code.lower(), "why"),
        settled_at=said["at"],
        **said,
    )
    change.to = next(one for one in (rep.sponsor, Rep.objects.get(code="SIBLING"), Rep.objects.get(code="LEAF")) if one and one != rep)
    change.save(force_insert=True)
    ids["sponsor_change"] = change.pk
    change.pk, change.state, change.settled_at, change.year, change.number = None, "planned", None, 2199, 1
    change.save(force_insert=True)
    ids["planned_change"] = change.pk
    ids["status_change"] = StatusChange.objects.create(
        status="active", why="status", job=Job.objects.get(file_name="zqstafffile.csv", state="done"), **said
    ).pk


def _share(things, reps):
    """Who lets whom see the boards; everybody else has a share with a rep who does not exist, and one that is revoked."""
    for name, rep in reps.items():
        board = Board.objects.get(pk=things[name].ids["board"])
        helper = next(((helper, comments) for (helper, owner), comments in SHARED.items() if owner == name), None)
        if helper:
            share = shares.share_board(board, with_=reps[helper[0]].user, may_comment=helper[1], by=rep.user)
        else:
            share = shares.share_with_mentor(board, typed="Z0", may_comment=True, by=rep.user)
        if name in ("deep", "sibling"):
            shares.revoke_share(shares.share_with_mentor(board, typed="STRANGER", may_comment=True, by=rep.user), by=rep.user)
        things[name].ids["share"] = share.pk


def _kept_export(rep):
    """The rep's people in a file that a worker has made."""
    export = Export.objects.create(owner=rep.user, kind="leads", form="csv")
    exports.make(export.pk)
    return export.pk


def _nudge(name, rep, lead):
    """What a rule has suggested."""
    ago = timezone.now() - dt.timedelta(minutes=4)
    return make.nudge(rep.user, title=word(name, "nudge"), subject=f"lead:{lead.pk}", url=lead.get_absolute_url(), at=ago)


def _given_up(user):
    """A message that was given up."""
    due_at = timezone.now() - dt.timedelta(hours=1)
    return Notification.objects.create(recipient=user, kind="notice", key="zqkey", title="zqtitle", url="/", due_at=due_at, state="dead")


def _things(name, rep, before, running):
    """All that a rep can have."""
    board = actions.ensure_board(rep, running)
    card = make.card(
        board,
        word(name, "lead"),
        phone=number(name, 1),
        email=f"{word(name, 'person')}@example.com",
        note=word(name, "note"),
        tags=[word(name, "tag")],
    )
    lead = card.lead
    follow_up.comment_on(lead, by=rep.user, text=word(name, "comment"))
    attempt = follow_up.log_attempt(lead, by=rep.user, channel="call")
    reminder = reminders.set_reminder(lead, by=rep.user, day=timezone.now().date() + dt.timedelta(days=9), time=dt.time(10))
    task = reminders.add_task(rep, by=rep.user, title=word(name, "task"), day=reminder.day, time=reminder.time)
    purchase = make.purchase(lead, running, item=word(name, "bought"))
    template = make.template(rep, name=word(name, "template"), text=f"{{first_name}} {word(name, 'text')}")
    item = make.work_item(lead, reason=word(name, "reason"), list_name=word(name, "list"))
    WorkItem.objects.filter(pk=item.pk).update(person_code=word(name, "code"))
    file = f"Name;Phone\n{word(name, 'second')};{number(name, 2)}\n{word(name, 'bad')};12\n".encode()
    job = jobs.load(rep.user, "leads", file, name=f"{word(name, 'file')}.csv", options={"rep": rep.pk})
    draft = jobs.keep_upload(rep.user, "leads", file, name=f"{word(name, 'draft')}.csv", options={"rep": rep.pk})
    told = notifications.schedule(
        key=f"lead:{lead.pk}",
        subject=f"lead:{lead.pk}",
        recipient=rep.user,
        kind="notice",
        title=word(name, "told"),
        text=word(name, "words"),
        url=lead.get_absolute_url(),
        due_at=timezone.now() - dt.timedelta(minutes=5),
    )
    order = Order.objects.create(
        number=word(name, "order"), kind="order", rep=rep, campaign=before, placed_on=before.starts_on, amount=100, currency="UAH"
    )
    Goal.objects.create(rep=rep, campaign=running, target=8000)
    goal, _made = Goal.objects.get_or_create(
        territory=rep.territory, campaign=running, measure="orders", defaults={"target": 40, "is_company": True}
    )
    aimed = {"campaign": running, "measure": "orders"}
    change = GoalChange.objects.create(territory=rep.territory, after=40, is_company=True, **aimed)
    suggestion = GoalSuggestion.objects.create(rep=rep, by=rep.user, target=9, **aimed)
    device = Device.objects.create(
        user=rep.user, endpoint=f"https://fcm.googleapis.com/{word(name, 'device')}", p256dh="", auth="", label=""
    )
    series = cadences.add_cadence(by=rep.user, name=word(name, "series"), reach="own", repeats=False, steps=[cadences.Said(40)])
    enrolment = cadences.start(lead, series, by=rep.user)
    nudge = _nudge(name, rep, lead)
    Notification.objects.filter(pk=nudge.pk).update(state="done")
    second = Lead.objects.get(owner=rep, name=word(name, "second"))
    twin = make.lead(rep, word(name, "twin"), email=f"{word(name, 'twin')}@example.com")
    merge = merging.merge_leads(second, twin, by=rep.user)
    invitation, token = invitations.invite(rep, by=rep.user)
    stages = list(board.stages.order_by("place"))
    ids = {
        "rep": rep.pk,
        "user": rep.user_id,
        "board": board.pk,
        "stage": stages[0].pk,
        "next_stage": stages[1].pk,
        "card": card.pk,
        "lead": lead.pk,
        "second": second.pk,
        "merge": merge.pk,
        "check": asides.add_check(lead, by=rep.user, said=word(name, "check")).pk,
        "date": asides.add_date(lead, by=rep.user, name=word(name, "date"), day=1, month=2).pk,
        "attachment": store.attach(lead, SimpleUploadedFile(f"{word(name, 'attached')}.png", files.png()), by=rep.user).pk,
        "selection": selected.tag([second.pk], word(name, "word"), by=rep.user).pk,
        "export": _kept_export(rep),
        "attempt": attempt.pk,
        "reminder": reminder.pk,
        "device": device.pk,
        "task": task.pk,
        "purchase": purchase.pk,
        "series": series.pk,
        "enrolment": enrolment.pk,
        "nudge": nudge.pk,
        "wording": template.pk,
        "job": job.pk,
        "draft": draft.pk,
        "told": told.pk,
        "order": order.pk,
        "goal": goal.pk,
        "goal_change": change.pk,
        "suggestion": suggestion.pk,
        "invitation": invitation.pk,
        "token": token,
        "item": item.pk,
        "feed": feeds.renew_feed(rep, by=rep.user),
        "territory": rep.territory_id,
        "address": EmailAddress.objects.create(user=rep.user, verified=True, email=f"{word(name, 'login')}@example.com").pk,
        "session": Session.objects.get(user=rep.user).number,
    }
    canaries = {
        "shown": [word(name, what) for what in ("lead", "comment")],  # also to those the board is shared with
        "people": [
            *(
                word(name, what)
                for what in (
                    "person",
                    "note",
                    "tag",
                    "second",
                    "twin",
                    "bad",
                    "file",
                    "draft",
                    "told",
                    "words",
                    "bought",
                    "nudge",
                    "template",
                    "text",
                )
            ),
            *said(number(name, 1)),
            *said(number(name, 2)),
            *(word(name, what) for what in ("device", "check", "attached")),
        ],
        "planned": [word(name, what) for what in ("series", "date", "task")],  # the private link of the calendar tells them
        "work": [word(name, what) for what in ("reason", "list", "code")],
        "order": [word(name, "order")],
        "name": [word(name, "name")],
        "contact": [word(name, "rep")],
        "call": said(number(name, 999)),  # what the company has on file: the line above may call
        "author": [word(name, "user")],
        "login": [word(name, "login"), *said(number(name, 998))],
    }
    assert Job.objects.get(pk=job.pk).counts["rejected"] == 1
    return Things(ids, canaries)


# ---- who stands where
def upline(name):
    """From the sponsor up."""
    above = REPS[name][0]
    return [above, *upline(above)] if above else []


def relation(viewer, owner):
    """How the owner of a thing stands to the one who looks."""
    if viewer in ("nobody", "api"):
        return "nobody"
    if viewer == owner:
        return "own"
    if (viewer, owner) in SHARED:
        return "shared with me"
    if owner in GONE:
        return "deactivated owner" if owner == "off" else "removed owner"
    if viewer in COMPANY or (viewer in MANAGED and REPS[owner][1].startswith(MANAGED[viewer])):
        return "own territory"
    return _in_the_tree(viewer, owner) if viewer in REPS else "other territory"


def _in_the_tree(viewer, owner):
    """The same for two reps."""
    if viewer in upline(owner):
        return "direct downline" if upline(owner)[0] == viewer else "deep downline"
    if owner in upline(viewer):
        return "upline"
    return "sibling line" if set(upline(viewer)) & set(upline(owner)) else "other territory"


def labels(viewer, owner):
    """What a policy may call the one who looks, from the particular to the general."""
    if viewer in ("nobody", "api", *GONE):
        return [viewer, "nobody", "anybody"]
    found = ["own"] if viewer == owner else []
    found += {True: ["commenter", "helper"], False: ["helper"], None: []}[SHARED.get((viewer, owner))]
    found += [viewer]
    found += ["leader"] if viewer in REPS and viewer in upline(owner) else []
    found += ["rep"] if viewer in REPS else []
    in_charge = viewer in COMPANY or (viewer in MANAGED and REPS[owner][1].startswith(MANAGED[viewer]))
    found += ["charge"] if in_charge and viewer not in COMPANY else []
    found += ["manager"] if viewer == "both" or INSIDERS.get(viewer, ("",))[0] == "Manager" else []
    found += ["insider"] if viewer == "both" or viewer in INSIDERS else []
    return [*found, "person", "anybody"]


def may_read(viewer):
    """The canaries that the viewer may be shown, as (owner, kind); the naive other telling of teams/rights.py."""
    allowed = set()
    if viewer in REPS and viewer not in GONE:
        allowed |= {(owner, kind) for helper, owner in SHARED if helper == viewer for kind in ("shown", "name", "author")}
        allowed |= {(helper, kind) for helper, owner in SHARED if owner == viewer for kind in ("name", "author")}
        allowed |= {
            (viewer, kind) for kind in ("login", "author", "people", "planned", "shown", "work", "order", "name", "contact", "call")
        }
        allowed |= {(above, "name") for above in upline(viewer)}
        allowed |= {(owner, kind) for owner in REPS if viewer in upline(owner) for kind in ("name", "order", "call")}
    for owner, (_sponsor, place) in REPS.items():
        if viewer in COMPANY or (viewer in MANAGED and place.startswith(MANAGED[viewer])):
            allowed |= {(owner, kind) for kind in ("name", "contact", "call", "order")}
        if viewer in ("staff", "admin"):
            allowed.add((owner, "work"))
        if viewer == "admin":
            allowed |= {(owner, "login"), (owner, "author")}
    return allowed


def forbidden(world, viewer, shows=()):
    """All canaries that must not be shown to the viewer; `shows` are (owner, kind) that this page may show to everybody."""
    allowed = may_read(viewer) | set(shows)
    kept = () if viewer in ("staff", "admin") else ("zqstafffile", "zqstaffbad", "zqstaffroster")
    found = [
        c
        for owner, things in world.things.items()
        for kind, list_ in things.canaries.items()
        if (owner, kind) not in allowed
        for c in list_
    ]
    return [*found, *kept]
