"""Why a line was rejected, in words a seller understands."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# `%(detail)s` is what the verdict names: a cell, a code, a line number.
SENTENCES: dict[str, Promise] = {
    # any file
    "columns": _("This line has %(detail)s cells, the headings say another number."),
    "letters": _("Some letters of this line cannot be read."),
    "quote": _("A quotation mark in this line is in the wrong place."),
    "too_long": _("Too many characters in the column “%(detail)s”."),
    "card": _("This contact card holds neither a name nor a phone."),
    "empty": _("The column “%(detail)s” is empty."),
    "choice": _("“%(detail)s” is not one of the allowed values."),
    "number": _("“%(detail)s” is not a whole number that can stand here."),
    "amount": _("“%(detail)s” is not an amount of money."),
    "date": _("“%(detail)s” is not a date."),
    "suppressed": _("This person asked the company not to be contacted."),
    "namesake": _("You already have somebody with this name."),
    "repeated": _("The same one stands already in line %(detail)s of this file."),
    # people
    "name": _("The name is missing."),
    "name_long": _("The name is longer than %(detail)s characters."),
    "phone": _("“%(detail)s” is not a phone number."),
    "phone_spreadsheet": _(
        "“%(detail)s” was a phone number before a spreadsheet changed it. Make the column a text column and type it again."
    ),
    "phone_repeated": _("The person in line %(detail)s of this file has the same phone."),
    "email": _("“%(detail)s” is not an e-mail address."),
    "birthday": _("The birthday %(detail)s cannot be right."),
    "no_contact": _("There is neither a phone nor an e-mail address."),
    "tags": _("More than %(detail)s tags."),
    # territories and reps
    "zone": _("“%(detail)s” is not a time zone like Europe/Kyiv."),
    "currency": _("“%(detail)s” is not a currency like UAH."),
    "market_incomplete": _("A market needs a time zone, a currency and a language."),
    "parent_unknown": _("There is no territory %(detail)s."),
    "parent_rejected": _("The territory above it, %(detail)s, was rejected."),
    "parent_cycle": _("Its territories lead back to itself."),
    "market_below": _("A market cannot be part of another territory: %(detail)s."),
    "territory_unknown": _("There is no territory %(detail)s."),
    "no_market_above": _("Above the territory %(detail)s there is no market, and no calendar is given."),
    "sponsor_unknown": _("There is no rep with the sponsor's code %(detail)s."),
    "sponsor_rejected": _("The sponsor %(detail)s was rejected."),
    "sponsor_self": _("A rep cannot be their own sponsor."),
    "sponsor_removed": _("The sponsor %(detail)s has been removed."),
    "sponsor_market": _("The sponsor %(detail)s is in another market."),
    "code_alike": _("There is the rep %(detail)s: the codes differ in capital letters or spaces alone."),
    "sponsor_cycle": _("The sponsors lead back to this rep."),
    "joined": _("“%(detail)s” is not a campaign like 2018-03."),
    # campaigns and orders
    "no_market": _("It is not clear to which market the calendar %(detail)s belongs."),
    "market_other": _("The calendar belongs to the market %(detail)s."),
    "campaign_length": _("A campaign lasts from 1 to %(detail)s days."),
    "deadline_outside": _("The order deadline %(detail)s is not inside the campaign."),
    "campaign_overlap": _("It overlaps with campaign %(detail)s."),
    "campaigns_too_many": _("A calendar has at most %(detail)s campaigns in a year."),
    "campaign_begun": _("The campaign has begun: its first day cannot change, and it cannot end before today."),
    "campaign_closed": _("The campaign is closed: its dates cannot change."),
    "rep_unknown": _("There is no rep with the code %(detail)s."),
    "rep_removed": _("The rep %(detail)s has been removed."),
    "rep_left": _("The company removed the rep on %(detail)s; the order is from after that."),
    "order_too_late": _("The campaign and its days for late orders were over after %(detail)s."),
    "campaign_unknown": _("There is no campaign %(detail)s."),
    "before_joined": _("The rep joined only in campaign %(detail)s."),
    "outside_campaign": _("The date is outside the campaign, which is %(detail)s."),
    "currency_other": _("The market's currency is %(detail)s."),
    "order_negative": _("An order cannot be negative; a return is its own line."),
    "return_positive": _("A return must be negative."),
    "return_nameless": _("A return must name its order."),
    "order_names_order": _("Only a return names another order."),
    "order_differs": _("An order with this number is on file with other figures."),
    "return_unknown": _("There is no order %(detail)s to return."),
    "return_other_rep": _("The order %(detail)s is another rep's."),
    "return_too_large": _("More would be returned of the order %(detail)s than was ordered."),
    # goals
    "goal_owner": _("A goal is for one territory, one rep or one leader's team: fill in exactly one of these columns."),
    "goal_large": _("The goal %(detail)s is larger than any can be."),
    "goal_not_positive": _("A goal is above zero."),
    "goal_share": _("No more than 100 %% can be active: %(detail)s."),
    "goal_whole": _("Orders, recruits, calls and follow-ups are counted in whole numbers: %(detail)s."),
    "goal_closed": _("The campaign is closed: its goals cannot change."),
    "goal_own": _("The rep has set this goal: %(detail)s."),
    "calendar_unclear": _("It is not clear which calendar is meant: name it in the column “calendar”."),
    # titles, the plan, products
    "market_missing": _("There are several markets: name the one that is meant."),
    "market_unknown": _("There is no market %(detail)s."),
    "title_above": _("A title cannot require itself or a higher one: %(detail)s."),
    "title_unknown": _("There is no title %(detail)s on this ladder."),
    "title_of_no_legs": _("Only legs are asked for with a title: %(detail)s."),
    "title_place": _("The title %(detail)s has this place already."),
    "title_differs": _("Line %(detail)s gives this title another name or place."),
    "title_needed": _("The title %(detail)s requires this one and must stay above it."),
    "title_rejected": _("Another line of the title %(detail)s was rejected; without it the title would ask for less."),
    "percent": _("“%(detail)s” is not a share from 0 to 100 %%."),
    "percent_together": _("All levels of this market together would pay more than 100 %%."),
    "price_negative": _("A price cannot be negative: %(detail)s."),
    # work lists
    "no_campaign": _("No campaign of the calendar %(detail)s is running today."),
}


def sentence(reason: str, detail: str) -> str:
    """The reason in the reader's language; "" for a line that was taken."""
    return str(SENTENCES[reason]) % {"detail": detail} if reason else ""
