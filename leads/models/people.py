"""Leads: the people a rep works with."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, CharField, F, Func, Q, Value, When
from django.db.models.functions import Concat, ExtractDay, ExtractMonth, Lower
from django.db.models.lookups import Exact, Regex
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cotano.jobs.models import Job
from cotano.lib import alphabet, phones, text
from leads.models.channels import Channel
from teams import rights
from teams.models import Rep, User

TAGS = 10  # on one lead
TAG_LONGEST = 30
MORE = 5  # phones, and e-mails, of one lead beside the first
ASIDE_LONGEST = 300  # characters of what is known of the family, and of what the person likes


def _joined(name: str) -> Func:
    """The values of a list in one string; PostgreSQL's constraints know no other way to look at each."""
    return Func(F(name), Value(","), function="array_to_string", output_field=CharField())


class LeadQuerySet(models.QuerySet):
    """Leads, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """A rep's own; nobody else's, whatever they are above or in charge of."""
        return self.filter(rights.mine(user, "owner"))

    def with_more_phone(self, phone: str) -> Self:
        """Those of whom this (E.164) is a phone beside the first. Asked for the leads of one owner: see the index `lead_more_phones`."""
        return self.exclude(other_phones=[]).filter(other_phones__contains=[phone])

    def with_contact(self, contact: str) -> Self:
        """Those of whomever, with this phone (E.164) or e-mail (small letters), as the first or a further one. By index at any size."""
        more = "other_emails" if "@" in contact else "other_phones"
        of_first = Lead.objects.exclude(email="").filter(email=contact) if "@" in contact else Lead.objects.filter(dedupe=f"p:{contact}")
        first = of_first.values("pk")
        further = Lead.objects.exclude(**{more: []}).filter(**{f"{more}__contains": [contact]}).values("pk")
        return self.filter(pk__in=first.union(further, all=True))

    def to_contact(self) -> Self:
        """Those who may be called and written to."""
        return self.filter(do_not_contact_at=None, refusal=None)

    def for_contacts(self) -> Self:
        """All of a rep's people by name, as their alphabets have it."""
        return self.order_by("sort_key", "pk")

    def behind(self, key: str, pk: int) -> Self:
        """Those who stand behind the lead with this sort key and id, as the alphabets have it."""
        return self.filter(Q(sort_key__gt=key) | Q(sort_key=key, pk__gt=pk), sort_key__gte=key)  # the last is how the index is entered


class Lead(models.Model):
    """A person a rep is working with, on a board or not. Belongs to the rep alone."""

    class Kind(models.TextChoices):
        """What the person is to the rep."""

        PROSPECT = "prospect", _("Prospect")
        CUSTOMER = "customer", _("Customer")
        RECRUIT = "recruit", _("Recruit prospect")
        TEAM = "team", _("Team member")

    class Source(models.TextChoices):
        """How the person came here."""

        TYPED = "typed", _("typed in")
        IMPORT = "import", _("imported")
        COMPANY = "company", _("from the company")

    class Hotness(models.IntegerChoices):
        """How soon the person should hear from the rep again."""

        UNKNOWN = 0, _("not said")
        COLD = 1, _("cold")
        COOL = 2, _("cool")
        WARM = 3, _("warm")
        HOT = 4, _("hot")
        HOTTEST = 5, _("hottest")

    class Basis(models.TextChoices):
        """What allows the rep to keep the person's data."""

        UNKNOWN = "", _("not said")
        CONSENT = "consent", _("the person agreed")
        CONTRACT = "contract", _("the person buys from me")
        INTEREST = "interest", _("we know each other")

    owner = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="leads", db_index=False)
    name = models.CharField(_("name"), max_length=text.NAME_LONGEST)
    # The name as the alphabets order it (see cotano.lib.alphabet): the database compares code points. Generated, so that whoever
    # writes a name, a file of 100,000 lines as well, cannot forget it.
    sort_key = models.GeneratedField(
        expression=alphabet.key_of("name"), output_field=models.CharField(max_length=text.NAME_LONGEST), db_persist=True
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PROSPECT)
    phone = models.CharField(_("phone"), max_length=16, blank=True)
    other_phones = ArrayField(
        models.CharField(max_length=16), size=MORE, default=list, db_default=[], blank=True, verbose_name=_("more phones")
    )
    email = models.EmailField(_("e-mail"), blank=True)
    other_emails = ArrayField(models.EmailField(), size=MORE, default=list, db_default=[], blank=True, verbose_name=_("more e-mails"))
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    tags = ArrayField(models.CharField(max_length=TAG_LONGEST), size=TAGS, default=list, blank=True, verbose_name=_("tags"))
    note = models.TextField(_("note"), max_length=2000, blank=True)
    family = models.CharField(_("family"), max_length=ASIDE_LONGEST, blank=True, db_default="")
    likes = models.CharField(_("likes"), max_length=ASIDE_LONGEST, blank=True, db_default="")
    hotness = models.PositiveSmallIntegerField(_("hotness"), choices=Hotness, default=Hotness.UNKNOWN, db_default=0)
    channel = models.CharField(_("preferred way"), max_length=10, choices=Channel, blank=True, db_default="")  # "": any
    hour = models.PositiveSmallIntegerField(_("preferred hour"), null=True, blank=True)  # 0-23 on the clock of `zone`
    zone = models.CharField(_("time zone"), max_length=64, blank=True, db_default="")  # "": the rep's
    legal_basis = models.CharField(_("legal basis"), max_length=10, choices=Basis, blank=True, default=Basis.UNKNOWN, db_default="")
    consents = ArrayField(  # the ways by which the person has agreed to hear from the rep
        models.CharField(max_length=10, choices=Channel), size=len(Channel), default=list, db_default=[], blank=True
    )
    consented_on = models.DateField(null=True)  # the day of the newest of them
    source = models.CharField(max_length=10, choices=Source, default=Source.TYPED)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="leads")
    person_code = models.CharField(max_length=40, blank=True)  # the company's name for a person it has sent on a work list
    # A team member's own place in the tree.
    rep = models.ForeignKey(Rep, on_delete=models.SET_NULL, null=True, related_name="leads_about", db_index=False)
    # One person per owner: by phone, else by e-mail. The constraint begins with it: so the same index finds a phone with whomever.
    dedupe = models.GeneratedField(
        expression=Case(
            When(~Q(phone=""), then=Concat(Value("p:"), F("phone"))),
            When(~Q(email=""), then=Concat(Value("e:"), F("email"), output_field=models.CharField())),
            default=None,
        ),
        output_field=models.CharField(max_length=260, null=True),
        db_persist=True,
    )
    do_not_contact_at = models.DateTimeField(null=True)  # since when the rep lets the person be: no buttons, no reminders
    # The row of the company's list that names one of the phones and e-mails; leads.suppression alone writes it.
    refusal = models.ForeignKey("Suppression", on_delete=models.PROTECT, null=True, related_name="leads", db_index=False)
    contacted_at = models.DateTimeField(null=True)  # last contact: an attempt that reached the person
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = LeadQuerySet.as_manager()

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        constraints = [
            models.UniqueConstraint(fields=["dedupe", "owner"], name="lead_once_per_owner"),
            models.UniqueConstraint(fields=["owner", "person_code"], condition=~Q(person_code=""), name="lead_person_once_per_owner"),
            models.CheckConstraint(condition=~Q(name=""), name="lead_is_named"),
            models.CheckConstraint(condition=Q(hotness__lte=5), name="lead_hotness_is_known"),
            models.CheckConstraint(condition=Q(hour=None) | Q(hour__lte=23), name="lead_hour_is_of_a_day"),
            models.CheckConstraint(condition=Q(channel__in=["", *Channel.values]), name="lead_channel_is_known"),
            models.CheckConstraint(condition=Q(consents__contained_by=Channel.values), name="lead_consents_are_known"),
            models.CheckConstraint(condition=Q(phone="") | Q(phone__startswith="+"), name="lead_phone_is_e164"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="lead_email_is_lower"),
            models.CheckConstraint(condition=Q(other_phones__len__lte=MORE, other_emails__len__lte=MORE), name="lead_few_more"),
            models.CheckConstraint(condition=~Q(other_phones__contains=[""]) & ~Q(other_emails__contains=[""]), name="lead_more_are_given"),
            models.CheckConstraint(
                condition=Regex(_joined("other_phones"), r"^(\+[1-9][0-9]{5,14}(,(?=\+)|$))*$"), name="lead_other_phones_are_e164"
            ),
            models.CheckConstraint(
                condition=Exact(_joined("other_emails"), Lower(_joined("other_emails"))), name="lead_other_emails_are_lower"
            ),
            models.CheckConstraint(
                condition=Q(other_phones=[]) | ~Q(phone="") & ~Q(other_phones__contains=[F("phone")]), name="lead_phones_differ"
            ),
            models.CheckConstraint(
                condition=Q(other_emails=[]) | ~Q(email="") & ~Q(other_emails__contains=[F("email")]), name="lead_emails_differ"
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "sort_key", "id"], name="lead_alphabet"),
            models.Index(fields=["rep"], condition=Q(rep__isnull=False), name="lead_rep"),
            models.Index(fields=["owner"], condition=~Q(other_phones=[]), name="lead_more_phones"),
            models.Index(fields=["refusal"], condition=Q(refusal__isnull=False), name="lead_refusal"),
            models.Index(fields=["email"], condition=~Q(email=""), name="lead_by_email"),
            models.Index(ExtractMonth("birthday"), ExtractDay("birthday"), condition=Q(birthday__isnull=False), name="lead_by_birthday"),
            GinIndex(fields=["other_phones"], condition=~Q(other_phones=[]), name="lead_by_more_phones"),
            GinIndex(fields=["other_emails"], condition=~Q(other_emails=[]), name="lead_by_more_emails"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The lead's page."""
        return reverse("pipeline:lead", args=[self.pk])

    @property
    def may_be_contacted(self) -> bool:
        """Whether the person may be called and written to: neither the rep's own word nor the company's list is against it."""
        return self.do_not_contact_at is None and self.refusal_id is None

    @property
    def contacts(self) -> list[str]:
        """All its phones and e-mails."""
        return [contact for contact in (self.phone, *self.other_phones, self.email, *self.other_emails) if contact]

    @property
    def links(self) -> dict[str, str]:
        """Ways to reach the person, by channel."""
        ways = phones.links(self.phone)
        return {**ways, "email": f"mailto:{self.email}"} if self.email else ways

    @property
    def spoken_phone(self) -> str:
        """The phone as its country writes it."""
        return phones.spoken(self.phone)


class Distinct(models.Model):
    """The rep has said that two leads who look like one person are two."""

    first = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="distinct_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="distinct_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} is not {self.second_id}"
