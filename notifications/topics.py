"""What nudges are about: the words by which a person mutes them, and the company switches them on and off."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Topic(models.TextChoices):
    """The kinds of nudge, the most important first: that is the order in which a full day leaves them out, from the end."""

    NEWCOMER = "newcomer", _("Newcomers nobody has called")
    STEP = "step", _("Follow-ups of a cadence")
    CALL_BY = "call_by", _("Calls the company asks for")
    DEADLINE = "deadline", _("Order deadline: who is not in yet")
    BIRTHDAY = "birthday", _("Birthdays")
    GOAL = "goal", _("A goal within reach")
    TITLE = "title", _("One step from a title")
    STALE = "stale", _("People I have not been in touch with")
    NO_STEP = "no_step", _("People without a next step")


EXPLAINED = {
    Topic.NEWCOMER: _("Somebody who has just joined hears from their team in the first 24 hours. If not, the line is told once."),
    Topic.STEP: _("The person is in a series of follow-ups, and the next one is due on that day. Every contact moves it on."),
    Topic.CALL_BY: _("The company has put the person on your work list and named a day until which to call."),
    Topic.DEADLINE: _("The order deadline is near, and somebody who usually orders has not done so yet."),
    Topic.BIRTHDAY: _("The person's birthday is today: a good day for a few words."),
    Topic.GOAL: _("A goal lacks two orders or a fifth at most, and there are two days or more to reach it."),
    Topic.TITLE: _("Exactly one requirement of the next title is not met yet."),
    Topic.STALE: _("An open card without a next step, and neither a contact nor a move for as long as its stage allows."),
    Topic.NO_STEP: _("An open card has neither a reminder nor a follow-up that lies ahead."),
}


def weight(topic: str) -> int:
    """How important: 1 is the most."""
    return list(Topic).index(Topic(topic)) + 1
