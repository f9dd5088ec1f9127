"""Builders of what tests are about. They call the product's own actions."""

import datetime as dt
from decimal import Decimal

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils import timezone

from campaigns.models import Calendar, Campaign
from leads import people, purchases, templates
from notifications import nudges
from notifications.models import Notification
from pipeline import actions
from pipeline.models import WorkItem
from teams.models import Assignment, Rep, Territory, User
from teams.roles import sync_roles

PASSWORD = "correct horse battery"
LENGTH = 21


def territories(market="UA", *, zone="Europe/Kyiv", currency="UAH", language="uk", extra=()):
    """A market with one region and two territories (and `extra` codes in that region), by code."""
    with transaction.atomic():
        top = Territory(code=market, name="Market", kind="market", time_zone=zone, currency=currency, language=language)
        region = Territory(code=f"{market}-N", parent=top, name="North", kind="region")
        ends = [Territory(code=f"{market}-N-{n}", parent=region, name=f"Territory {n}", kind="territory") for n in ("01", "02", *extra)]
        rows = [top, region, *ends]
        for row in rows:
            row.save(force_insert=True)
    return {row.code: row for row in Territory.objects.filter(pk__in=[row.pk for row in rows])}


def campaigns(calendar, *, today=None, day=3, number=14):
    """The campaign before (closed), the one that runs (`day` of 21 is today in the market), the next one."""
    today = today or calendar.today()
    first = today - dt.timedelta(days=day - 1)
    made = []
    for step in (-1, 0, 1):
        starts = first + dt.timedelta(days=LENGTH * step)
        made.append(
            Campaign.objects.create(
                calendar=calendar,
                year=first.year,
                number=number + step,
                starts_on=starts,
                ends_on=starts + dt.timedelta(days=LENGTH - 1),
                order_deadline=starts + dt.timedelta(days=LENGTH - 5),
                closed_at=dt.datetime.combine(first, dt.time(), dt.UTC) if step < 0 else None,
            )
        )
    return made


def closed_before(campaign, n):
    """`n` closed campaigns right before this one, oldest first."""
    made = []
    for back in range(n, 0, -1):
        starts = campaign.starts_on - dt.timedelta(days=LENGTH * back)
        made.append(
            Campaign.objects.create(
                calendar=campaign.calendar,
                year=campaign.year,
                number=campaign.number - back,
                starts_on=starts,
                ends_on=starts + dt.timedelta(days=LENGTH - 1),
                order_deadline=starts + dt.timedelta(days=LENGTH - 3),
                closed_at=timezone.now(),
            )
        )
    return made


def calendar(market, code="UA"):
    """A calendar that is live since long ago."""
    return Calendar.objects.create(code=code, name=f"Calendar {code}", market=market, live_from=dt.date(2020, 1, 1))


def user(name, *, email="", language="en", zone="Europe/Kyiv", **fields):
    """Somebody with a log-in and the password PASSWORD."""
    email = email or f"{name.lower().replace(' ', '.')}@example.com"
    return User.objects.create_user(email=email, password=PASSWORD, name=name, language=language, zone=zone, **fields)


def rep(code, territory, *, sponsor=None, name="", calendar="UA", joined=(2020, 1), login=True, **fields):
    """A rep on file, with a log-in unless told otherwise."""
    name = name or f"Rep {code}"
    who = user(name, email=f"{code.lower()}@example.com") if login else None
    row = Rep(
        code=code,
        name=name,
        territory=territory,
        sponsor=sponsor,
        user=who,
        calendar=calendar,
        joined_year=joined[0],
        joined_number=joined[1],
        **fields,
    )
    row.save(force_insert=True)
    return Rep.objects.select_related("user", "territory", "sponsor").get(pk=row.pk)


def manager(territory, name="Maria Manager"):
    """A manager of a territory and all below it."""
    who = user(name, is_staff=True)
    Assignment.objects.create(user=who, territory=territory)
    sync_roles()  # a transactional test before this one has emptied the tables
    who.groups.add(Group.objects.get(name="Manager"))
    return who


def staff(name="Stefan Staff"):
    """Company staff: every permission, by a superuser's log-in."""
    return user(name, is_staff=True, is_superuser=True)


def analyst(name="Anna Analyst"):
    """Sees the figures of the whole company and changes nothing."""
    who = user(name, is_staff=True)
    who.user_permissions.add(*Permission.objects.filter(codename__in=["see_company", "see_reports"]))
    return who


def lead(rep, name="Oksana Melnyk", **said):
    """A lead typed in by the rep."""
    return people.add_lead(rep, by=rep.user, name=name, **said)


def leads(rep, n, *, first=1):
    """`n` leads with phones."""
    return [lead(rep, f"Lead {k}", phone=f"067{k:07d}") for k in range(first, first + n)]


def card(board, name="Oksana Melnyk", *, stage=None, **said):
    """A new lead with its card on top of a stage (the first one unless told otherwise)."""
    return actions.add_lead_to_board(board.rep, board, by=board.rep.user, stage=stage, name=name, **said)


def cards(board, n, *, stage=None, first=1):
    """`n` cards with phones."""
    return [card(board, f"Lead {k}", phone=f"067{k:07d}", stage=stage) for k in range(first, first + n)]


def work_item(lead, *, reason="Usual orderer, not in yet", call_by=None, list_name="usual", **fields):
    """The company says: call this person."""
    return WorkItem.objects.create(
        rep=lead.owner, lead=lead, person_code=f"P{lead.pk}", list_name=list_name, reason=reason, call_by=call_by, **fields
    )


def purchase(lead, campaign=None, *, item="Cream", quantity=2, price=Decimal("120.50")):
    """The lead wants something in the campaign that runs, unless told otherwise."""
    campaign = campaign or Campaign.objects.running_for(lead.owner)
    return purchases.add_purchase(lead, campaign, by=lead.owner.user, item=item, quantity=quantity, price=price)


def template(rep, name="Order has arrived", text="Hi {first_name}, {product} has arrived", *, language="en"):
    """A template of the rep's own."""
    return templates.add_template(rep, by=rep.user, name=name, text=text, language=language)


def nudge(
    user, topic="stale", key="stale:1:1", *, title="Oksana Melnyk", why="Because.", subject="lead:1", url="/", at=None, in_digest=True
):
    """What a rule has suggested to this user; None when it did so before."""
    at = at or timezone.now()
    query = "SELECT %(user)s::bigint, 'en', %(key)s, 0, %(title)s, '[]'"
    values = {"user": user.pk, "key": key, "title": title}
    words = nudges.Words(why, at=None if in_digest else at)
    new = nudges.offer([nudges.Found(topic, query, values, lambda: words, at, subject, url)])
    return Notification.objects.get(recipient=user, key=key) if new else None
