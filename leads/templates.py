"""Message templates: a rep's own are written, changed, put in order, removed and taken back; the company's are published."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from cotano.jobs import receipts
from cotano.jobs.refusals import Refusal
from cotano.lib import text
from leads import messages
from leads.models import MOST_TEMPLATES, TEMPLATE_NAME, TEMPLATE_TEXT, MessageTemplate
from teams import rights
from teams.models import Rep, Territory, User


@dataclass(frozen=True)
class Words:
    """What a template says, as typed."""

    name: str
    text: str
    language: str


def clean_words(said: Words) -> dict[str, str]:
    """The fields of a template; also the company's. Raises Refusal with a sentence, which names a field that there is none."""
    name, written = text.one_line(said.name), text.many_lines(said.text)
    if not name:
        raise Refusal(_("Enter a name."))
    if not written:
        raise Refusal(_("Write something first."))
    if len(name) > TEMPLATE_NAME:
        raise Refusal(_("A name has at most %(most)d characters.") % {"most": TEMPLATE_NAME})
    if len(written) > TEMPLATE_TEXT:
        raise Refusal(_("A text has at most %(most)d characters.") % {"most": TEMPLATE_TEXT})
    if said.language not in dict(settings.LANGUAGES):
        raise Refusal(_("Choose a language."))
    if unknown := messages.unknown_fields(written):
        known = ", ".join(f"{{{field}}}" for field in messages.FIELDS)
        raise Refusal(_("There is no field %(field)s. These there are: %(known)s") % {"field": unknown[0], "known": known})
    return {"name": name, "text": written, "language": said.language}


@transaction.atomic
def add_template(rep: Rep, *, by: User, once: str = "", **said: str) -> MessageTemplate:
    """Write a template of one's own, as the last; `said` are the fields of Words. The same form (`once`) sent again returns the first one.

    Raises Refusal for more than MOST_TEMPLATES, and those of `clean_words`.
    """
    if not rights.is_own(by, rep):
        raise Refusal(_("Only the rep can write their templates."), status=409)
    Rep.objects.select_for_update(no_key=True).get(pk=rep.pk)
    mine = MessageTemplate.objects.filter(owner=rep)
    if first := receipts.first(by, once, mine):
        return first
    if mine.standing().count() >= MOST_TEMPLATES:
        raise Refusal(_("You have %(most)d templates: remove one first.") % {"most": MOST_TEMPLATES})
    last = mine.aggregate(last=Max("place", default=0))["last"]
    template = MessageTemplate.objects.create(owner=rep, place=last + 1, changed_at=timezone.now(), **clean_words(Words(**said)))
    receipts.note(by, once, str(template.pk))
    return template


@transaction.atomic
def edit_template(template: MessageTemplate, *, by: User, **said: str) -> MessageTemplate:
    """Change a template of one's own. Raises the refusals of `clean_words`, and (409) for one that was removed."""
    template = _hold(template, by)
    if template.removed_at:
        raise Refusal(_("This template was removed before."), status=409)
    new = clean_words(Words(**said))
    for name, value in new.items():
        setattr(template, name, value)
    template.changed_at = timezone.now()
    template.save(update_fields=[*new, "changed_at"])
    return template


@transaction.atomic
def remove_template(template: MessageTemplate, *, by: User) -> MessageTemplate:
    """Offered no more. Twice is fine."""
    template = _hold(template, by)
    template.removed_at = template.removed_at or timezone.now()
    template.save(update_fields=["removed_at"])
    return template


@transaction.atomic
def restore_template(template: MessageTemplate, *, by: User) -> MessageTemplate:
    """It was removed by mistake. Twice is fine."""
    template = _hold(template, by)
    if template.removed_at:
        if MessageTemplate.objects.filter(owner=template.owner_id).standing().count() >= MOST_TEMPLATES:
            raise Refusal(_("You have %(most)d templates: remove one first.") % {"most": MOST_TEMPLATES})
        template.removed_at = None
        template.save(update_fields=["removed_at"])
    return template


@transaction.atomic
def raise_template(template: MessageTemplate, *, by: User) -> None:
    """One place up among the own ones; the first stays where it is."""
    template = _hold(template, by)
    mine = list(MessageTemplate.objects.filter(owner=template.owner_id).standing().order_by("place", "pk"))
    here = next((place for place, one in enumerate(mine) if one.pk == template.pk), 0)
    if here:
        mine[here - 1], mine[here] = mine[here], mine[here - 1]
        for place, one in enumerate(mine, start=1):
            one.place = place
        MessageTemplate.objects.bulk_update(mine, ["place"])


@transaction.atomic
def publish_template(template: MessageTemplate | None, *, by: User, market: Territory | None, place: int, **said: str) -> MessageTemplate:
    """Write or change a template of the company's, for a market or (None) all. Raises Refusal like `clean_words`, and without the right."""
    if not by.has_perm("leads.change_messagetemplate" if template else "leads.add_messagetemplate"):
        raise Refusal(_("You may not write the company's templates."), status=409)
    held = MessageTemplate.objects.of_company().select_for_update().get(pk=template.pk) if template else MessageTemplate()
    for name, value in {**clean_words(Words(**said)), "market": market, "place": place, "changed_at": timezone.now()}.items():
        setattr(held, name, value)
    if template:
        held.save(update_fields=[*said, "market", "place", "changed_at"])
    else:
        held.save(force_insert=True)
    return held


def _hold(template: MessageTemplate, by: User) -> MessageTemplate:
    """The template as it is now, locked behind its rep. Raises Refusal when it is not theirs."""
    mine = MessageTemplate.objects.owned_by(by).filter(pk=template.pk)
    Rep.objects.filter(pk__in=mine.values("owner")).select_for_update(no_key=True).first()
    if found := mine.select_for_update(of=("self",)).first():
        return found
    raise Refusal(_("This template was removed before."), status=409)
