"""What a right code makes: a log-in for a rep on the roster, a new phone or e-mail for a user."""

from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from notifications import letters
from notifications.models import Letter
from teams.login import owner_of
from teams.models import Code, Rep, User
from teams.places import places


def join_by_roster(rep: Rep, *, phone: str) -> User | None:
    """Give the rep a log-in by this phone, which a code has proved; the one they have got meanwhile when two codes came at once.

    None when the roster no longer says that this phone is this rep's alone.
    """
    try:
        with transaction.atomic():
            return _join(rep, phone)
    except IntegrityError:  # somebody else has taken the phone in this very moment
        return User.objects.filter(phone=phone, rep=rep, is_active=True).first()


def by_roster(code: Code) -> User | None:
    """Who comes in by a right log-in code: its user, or the rep whose log-in it makes."""
    return code.user or (join_by_roster(code.rep, phone=code.to) if code.rep else None)


def _join(rep: Rep, phone: str) -> User | None:
    kept = Rep.objects.select_for_update(of=("self",), no_key=True).select_related("territory", "user").get(pk=rep.pk)
    if kept.user is not None:
        return kept.user if kept.user.phone == phone and kept.user.is_active else None
    found = owner_of(phone).rep
    if found is None or found.pk != kept.pk:
        return None
    zone = places()[kept.territory.code].zone
    user = User.objects.create_user(phone=phone, name=kept.name, language=kept.language, zone=zone, date_joined=timezone.now())
    Rep.objects.filter(pk=kept.pk).update(user=user)
    return user


def change_contact(code: Code) -> User | None:
    """The code proves the new phone or e-mail: the user logs in by it from now on, and is told at the old one.

    None when somebody else logs in by it, or the log-in is switched off.
    """
    field = "phone" if code.purpose == Code.Purpose.PHONE else "email"
    try:
        with transaction.atomic():
            user = User.objects.select_for_update(no_key=True).filter(pk=code.user_id, is_active=True).first()
            if user is None:
                return None
            old = getattr(user, field)
            setattr(user, field, code.to)
            user.save(update_fields=[field])
            if old and old != code.to:
                _tell(user, old)
            return user
    except IntegrityError:
        return None


@transaction.atomic
def set_password(user: User, password: str) -> None:
    """Give the user a new password; the person is told where codes go."""
    user.set_password(password)
    user.save(update_fields=["password"])
    to = user.phone or user.email
    with translation.override(user.language):
        subject = _("Your password for Cotano has changed")
        text = _("Your password for Cotano has been changed. If you have not done that yourself, tell the company at once.")
    letters.post(Letter.Way.EMAIL if "@" in to else Letter.Way.SMS, to, text, subject=subject)


def _tell(user: User, old: str) -> None:
    with translation.override(user.language):
        subject = _("Your log-in to Cotano has changed")
        text = _("You no longer log in to Cotano by this phone or e-mail. If you have not changed that yourself, tell the company at once.")
    letters.post(Letter.Way.EMAIL if "@" in old else Letter.Way.SMS, old, text, subject=subject)
