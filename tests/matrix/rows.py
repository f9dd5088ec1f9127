"""The matrix: every address, who gets which answer. A new address needs a row here or the build fails.

A policy says the status for whoever looks, by the most particular of these words that it knows:
`own` the rep whose things they are; the name of a person of tests/matrix/world.py; `rep` any rep on file;
`charge` a manager in charge of the owner's territory; `manager` any manager; `leader` a rep above the owner in the tree;
`helper` another rep the owner shares the boards with, `commenter` one who may comment there;
`insider` whoever may open the admin; `person` whoever is logged in; `nobody` (who is switched off or removed too); `anybody`.
None: the method is refused with 405.
"""

from dataclasses import dataclass, field

OF_A_REP = (
    *(
        "rep",
        "user",
        "board",
        "stage",
        "next_stage",
        "card",
        "lead",
        "second",
        "merge",
        "check",
        "date",
        "attachment",
        "selection",
        "attempt",
        "reminder",
        "task",
        "device",
        "purchase",
        "series",
        "enrolment",
        "nudge",
        "wording",
        "job",
        "draft",
        "told",
        "order",
        "item",
        "feed",
    ),
    "suggestion",
    *("territory", "session", "address", "share", "invitation", "token", "sponsor_change", "planned_change", "status_change"),
)


@dataclass(frozen=True)
class Row:
    """An address and what it answers. `ids` are what stands in it; `path` the address itself where it has no name."""

    view: str
    get: dict | None
    post: dict | None = None
    ids: dict = field(default_factory=dict)
    data: dict = field(default_factory=dict)
    query: dict = field(default_factory=dict)
    path: str = ""
    note: str = ""  # tells rows of one address apart
    fragment: bool = False  # htmx asks for a part of it too
    shows: tuple[str, ...] = ()  # kinds of the owner's canaries that the page is there to show

    @property
    def concerns(self):
        """Whether it is about the things of one rep."""
        words = " ".join(map(str, (*self.ids.values(), *self.data.values(), *self.query.values(), self.path)))
        return any(f"{{{thing}}}" in words for thing in OF_A_REP)


def open_to_all(status=200):
    return {"anybody": status}


def logged_in(status=200):
    return {"person": status, "nobody": 302}


def own(status=200):
    """The rep's own; not there for anybody else."""
    return {"own": status, "person": 404, "nobody": 302}


def read(status=200):
    """The rep's own, and to be read by those the board is shared with."""
    return {**own(status), "helper": status}


def reps(status=200):
    """Pages for reps; whoever opens the admin is sent there."""
    return {"rep": status, "insider": 302, "person": 403, "nobody": 302}


def below(status=200):
    """Reps below the one who looks; the rep's own address leads to the own page, managers have the admin."""
    return {**reps(404), "own": 302, "leader": status}


def own_of_reps(status=200):
    return {**reps(404), "own": status}


def pk(target):
    return {"pk": "{" + target + "}"}


OTHERS = {"name": "mass", "owner": "{rep}", "sponsor": "{rep}", "territory": "{territory}", "is_staff": "on", "role": "staff"}

BOUGHT = {"item": "Cream", "quantity": "2", "price": "1 234,56", "product": "{product}"}

AIM = {"measure": "orders", "target": "7"}
WRITTEN = {"name": "zq", "text": "Hi {{first_name}}", "language": "en"}

SPOKEN = {"channel": "call", "outcome": "reached"}

DETAILS = {
    "name": {"name": "zz"},
    "kind": {"kind": "customer"},
    "phones": {"phone": "+380501234567"},
    "emails": {"email": "zz@example.com"},
    "birthday": {"birthday": "1990-01-01"},
    "tags": {"tags": "zz"},
    "note": {"note": "zz"},
    "family": {"family": "zz"},
    "likes": {"likes": "zz"},
    "hotness": {"hotness": "5"},
    "preferred": {"channel": "call", "hour": "9", "zone": "UTC"},
    "consent": {"legal_basis": "consent", "consents": "call"},
}

CHOSEN = {"name": "first", "phone": "second", "email": "first"}

PAGES = [
    Row("livez", open_to_all(), None, path="/livez"),
    Row("readyz", open_to_all(), None, path="/readyz"),
    Row("language", None, open_to_all(302), data={"language": "uk"}),
    Row("account_login", {"person": 302, "nobody": 200}, {"person": 302, "nobody": 200}, data={"login": "{user}"}),
    Row("account_logout", {"person": 200, "nobody": 302}, open_to_all(302)),
    Row("account_signup", {"person": 302, "nobody": 200}, {"person": 302, "nobody": 200}),
    Row("account_inactive", open_to_all(), open_to_all(405)),
    Row("account_reauthenticate", logged_in(), logged_in()),
    Row("account_change_password", logged_in(), logged_in()),
    Row("account_set_password", logged_in(), logged_in(302)),
    Row("teams:code", open_to_all(302), open_to_all(302), data={"code": "123456"}),
    Row("teams:code_again", None, open_to_all(302)),
    Row("teams:devices", logged_in(), None),
    Row("teams:end_others", None, logged_in(302)),
    Row("teams:end", None, own(302), ids={"number": "{session}"}),
    Row("teams:phone", logged_in(), {"person": 422, "nobody": 302}),
    Row("teams:email", logged_in(), {"person": 422, "nobody": 302}),
    Row("mfa_index", logged_in(), logged_in(405)),
    Row("mfa_authenticate", open_to_all(302), open_to_all(302)),
    Row("mfa_reauthenticate", {**logged_in(302), "loose": 200}, {**logged_in(302), "loose": 200}),
    Row("mfa_reauthenticate_webauthn", logged_in(302), logged_in(302)),
    Row("mfa_activate_totp", {**logged_in(), "loose": 302}, {**logged_in(), "loose": 302}),
    Row("mfa_deactivate_totp", {**logged_in(404), "loose": 200}, {**logged_in(404), "loose": 302}),
    Row("mfa_add_webauthn", logged_in(), logged_in()),
    Row("mfa_edit_webauthn", logged_in(404), logged_in(404), ids={"pk": "{authenticator}"}),
    Row("mfa_remove_webauthn", logged_in(404), logged_in(404), ids={"pk": "{authenticator}"}),
    Row("mfa_list_webauthn", logged_in(), logged_in(405)),
    Row("mfa_login_webauthn", open_to_all(302), open_to_all(302)),
    Row("mfa_view_recovery_codes", logged_in(404), logged_in(405)),
    Row("mfa_download_recovery_codes", logged_in(404), logged_in(404)),
    Row("mfa_generate_recovery_codes", logged_in(), {**logged_in(), "loose": 302}),
    Row("campaigns:progress", reps()),
    Row("campaigns:team", reps(), fragment=True),
    Row("campaigns:team", reps(), query={"deep": "2", "after": "{rep}"}, note="level", fragment=True),
    Row("campaigns:team", reps(), query={"q": "zq"}, note="search", fragment=True),
    Row("campaigns:team", reps(), query={"q": "06711"}, note="search by phone", fragment=True),
    Row("campaigns:team_of", below(), ids=pk("rep"), query={"after": "{rep}"}, fragment=True),
    Row("campaigns:rep", {**below(), "own": 404}, ids=pk("rep")),
    Row("campaigns:touch", None, {**below((302, 409)), "own": 404}, ids=pk("rep"), data={"channel": "call", "outcome": "reached"}),
    Row("campaigns:touch_undo", None, {**below(409), "own": 404}, ids={**pk("rep"), "touch": "7"}),
    Row("campaigns:rep_goals", {**below(), "own": 404}, {**below((302, 409)), "own": 404}, ids=pk("rep"), data=AIM),
    Row("campaigns:goals", reps()),
    Row("campaigns:goal", reps(), reps(302), ids={"of": "own", "measure": "calls"}, data={"target": "5", "rep": "{rep}"}),
    Row("campaigns:goal", reps(), reps(302), ids={"of": "team", "measure": "orders"}, data={"target": "5"}, note="team"),
    Row("campaigns:goal_withdraw", None, reps(302), ids={"of": "team", "measure": "orders"}),
    Row("campaigns:goal_answer", None, {**reps(302), "rep": 404, "own": 302}, ids=pk("suggestion"), data={"take": "1"}),
    Row("campaigns:calls", reps(), query={"after": "1.739000.1"}),
    Row("campaigns:call", below(), {**below((302, 409)), "own": 404}, ids=pk("rep"), data=SPOKEN, fragment=True),
    Row("campaigns:claim", None, {**below((302, 409)), "own": 404}, ids=pk("rep")),
    Row("campaigns:release", None, {**below(302), "own": 404}, ids=pk("rep")),
    Row("campaigns:invite", {"rep": 200, "person": 403, "nobody": 302}, {"rep": 200, "person": 403, "nobody": 302}),
    Row("campaigns:withdraw", None, own(302), ids=pk("invitation")),
    Row(
        "campaigns:join",
        {"person": (302, 410), "nobody": (200, 410)},
        {"person": (302, 410), "nobody": (410, 422)},
        ids={"token": "{token}"},
        shows=("name",),
    ),
    Row("notifications:inbox", logged_in(), query={"before": "9999999999999999-9"}, fragment=True),
    Row("notifications:open", None, own(302), ids=pk("told")),
    Row("notifications:read_all", None, logged_in(302)),
    Row("notifications:device_end", None, own(302), ids=pk("device")),
    Row("notifications:unread", None, logged_in(302), ids={"at": "1"}),
    Row("notifications:mail_off", open_to_all(404), open_to_all(404), ids={"token": "nobodys"}),
    Row("notifications:subscribe", None, {"person": 422, "nobody": 302}),
    Row("notifications:unsubscribe", None, {"person": 204, "nobody": 302}, data={"endpoint": "https://fcm.googleapis.com/zqmiddevice"}),
    Row("notifications:worker", open_to_all()),
    Row("notifications:manifest", open_to_all()),
    Row("notifications:offline", open_to_all()),
    Row("pipeline:home", reps()),
    Row("pipeline:home", reps(), query={"all": "1"}, note="all"),
    Row("pipeline:queue", reps(), fragment=True),
    Row("pipeline:queue", reps(), query={"again": "1"}, note="again"),
    Row("pipeline:skip", None, own(302), ids=pk("lead")),
    Row("pipeline:tomorrow", None, own(302), ids=pk("lead")),
    Row("pipeline:calendar", reps()),
    Row("pipeline:calendar", reps(), query={"day": "2026-02-01", "view": "week"}, note="week"),
    Row("pipeline:day", reps(), ids={"date": "2026-02-01"}, fragment=True),
    Row("pipeline:calendar_link", reps(), reps()),
    Row("pipeline:calendar_link_end", None, reps(302)),
    # Whoever knows the link reads the names of the owner's people, unless the owner may not log in any more.
    Row("pipeline:feed", open_to_all((200, 404)), ids={"token": "{feed}"}, shows=("shown", "planned")),
    Row("pipeline:feed", open_to_all(404), ids={"token": "x" * 32}, note="guessed"),
    Row("pipeline:boards", reps()),
    Row("pipeline:open_board", None, reps(302)),
    Row("pipeline:board", read(), ids=pk("board")),
    Row("pipeline:boards", reps(), query={"q": "zq"}, note="search"),
    Row("pipeline:board_menu", read(), ids=pk("board"), fragment=True),
    Row("pipeline:star", None, read(302), ids=pk("board"), data={"on": "yes"}),
    Row("pipeline:stages", own(), own(302), ids=pk("board"), data={"name": "Trial"}),
    Row("pipeline:stage", own(), own(302), ids=pk("stage"), data={"name": "Trial"}),
    Row("pipeline:stage_shift", None, own(302), ids=pk("stage"), data={"forward": "yes"}),
    Row("pipeline:stage_remove", None, own(302), ids=pk("stage"), data={"to": "{next_stage}"}),
    Row("pipeline:sift", own(), ids=pk("board"), fragment=True),
    Row("pipeline:column", read(), ids={**pk("board"), "stage": "{stage}"}, fragment=True),
    Row("pipeline:share", own(), own(302), ids=pk("board"), data={"helper": "mentor", "typed": "Z99", "may_comment": "no"}, fragment=True),
    Row("pipeline:funnel", own(), ids=pk("board")),
    Row("pipeline:share_revoke", None, own(302), ids=pk("share")),
    Row("pipeline:share_restore", None, own(302), ids=pk("share")),
    Row("pipeline:seen", logged_in(), fragment=True),
    Row("pipeline:card", own(), ids=pk("card"), fragment=True),
    Row("pipeline:face", own(302), ids=pk("card"), fragment=True),
    Row("pipeline:move", None, own(302), ids=pk("card"), data={"to": "{next_stage}", "version": 1}),
    Row("pipeline:undo_move", None, own(302), ids={**pk("card"), "move": 0}),
    Row("pipeline:add", reps(), reps(302), data={**OTHERS}),
    Row("pipeline:add", reps(), {**reps(422), "own": 302}, query={"stage": "{stage}"}, data={**OTHERS, "stage": "{stage}"}, note="stage"),
    Row("pipeline:known", None, reps(), data={"phone": "0671100001"}),
    Row("pipeline:lead", read(), ids=pk("lead"), fragment=True),
    Row("pipeline:edit", own(), own(302), ids=pk("lead"), data={**OTHERS}),
    Row("pipeline:comment", None, {**own(302), "commenter": 302}, ids=pk("lead"), data={"text": "said"}),
    Row("pipeline:do_not_contact", None, own(302), ids=pk("lead"), data={"stop": "yes"}),
    Row("pipeline:attempt", None, own(302), ids=pk("lead"), data={"channel": "sms"}),
    Row("pipeline:outcome", own(), own(302), ids=pk("attempt"), data={"outcome": "interested"}, fragment=True),
    Row("pipeline:reminder", own(), own(302), ids=pk("lead"), data={"preset": "tomorrow"}, fragment=True),
    Row("pipeline:cadences", reps(), None),
    Row("pipeline:cadence_add", reps(), reps(422), data={"name": ""}),
    Row("pipeline:cadence", own(), own(422), ids=pk("series"), data={"name": ""}),
    Row("pipeline:cadence_people", own(), own(302), ids=pk("series"), data={"tag": "zq"}),
    Row("pipeline:cadence_remove", None, own(302), ids=pk("series")),
    Row("pipeline:cadence_start", own(), own(302), ids=pk("lead"), data={"cadence": "{series}"}, fragment=True),
    Row("pipeline:follow_up_stop", None, own(302), ids=pk("enrolment")),
    Row("pipeline:follow_up_skip", None, own(302), ids=pk("enrolment"), data={"place": "1"}),
    Row("pipeline:follow_up_later", None, own(302), ids=pk("enrolment"), data={"day": ""}),
    Row("notifications:why", own(), None, ids=pk("nudge")),
    Row("notifications:mute", None, own(302), ids=pk("nudge")),
    Row("notifications:preferences", logged_in(), logged_in(422), data={"cap": "-1"}),
    Row("pipeline:purchase_add", own(), own(302), ids=pk("lead"), data=BOUGHT, fragment=True),
    Row("pipeline:purchase_add", own(), ids=pk("lead"), query={"item": "cream", "product": "{product}"}, note="from the list"),
    Row("pipeline:purchase", own(), own(302), ids=pk("purchase"), data=BOUGHT, fragment=True),
    Row("pipeline:purchase_mark", None, own(302), ids=pk("purchase"), data={"mark": "delivered"}),
    Row("pipeline:purchase_mark", None, own(302), ids=pk("purchase"), data={"mark": "paid", "off": "yes"}, note="taken back"),
    Row("pipeline:purchase_remove", None, own(302), ids=pk("purchase")),
    Row("pipeline:purchase_restore", None, own(302), ids=pk("purchase")),
    Row("pipeline:message", own(), own(), ids=pk("lead"), fragment=True),
    Row("pipeline:message", own(), own(), ids=pk("lead"), query={"template": "{wording}"}, note="one", fragment=True),
    Row("pipeline:attempt", None, own(302), ids=pk("lead"), data={"channel": "sms", "template": "{wording}"}, note="from a template"),
    Row("pipeline:templates", reps()),
    Row("pipeline:template_add", reps(), reps(302), data=WRITTEN),
    Row("pipeline:template", own_of_reps(), own_of_reps(302), ids=pk("wording"), data=WRITTEN),
    Row("pipeline:template", own_of_reps(), own_of_reps(), ids=pk("wording"), data={**WRITTEN, "preview": "1"}, note="preview"),
    Row("pipeline:template_up", None, own_of_reps(302), ids=pk("wording")),
    Row("pipeline:template_remove", None, own_of_reps(302), ids=pk("wording")),
    Row("pipeline:template_restore", None, own_of_reps(302), ids=pk("wording")),
    Row("pipeline:order", reps()),
    Row("pipeline:order_of", reps(), ids=pk("campaign")),
    Row("pipeline:order_mark", None, reps(302), ids=pk("campaign"), data={"mark": "ordered"}),
    Row("pipeline:order_mark", None, own_of_reps(302), ids=pk("campaign"), data={"mark": "paid", "lead": "{lead}"}, note="of a customer"),
    Row("pipeline:order_file", reps(), ids=pk("campaign")),
    Row("pipeline:order_print", reps(), ids=pk("campaign")),
    Row("pipeline:tasks", reps(), reps(422)),
    Row("pipeline:tasks", reps(), query={"after": "1-1"}, note="page"),
    Row("pipeline:reminder_later", own(), ids=pk("reminder"), fragment=True),
    Row("pipeline:reminder_later", own(), ids=pk("task"), note="task", fragment=True),
    Row("pipeline:reminder_reopen", None, own(302), ids=pk("reminder")),
    Row("pipeline:reminder_done", None, own(302), ids=pk("task"), note="task"),
    Row("pipeline:reminder_done", None, own(302), ids=pk("reminder")),
    Row("pipeline:reminder_done", None, own(302), ids=pk("reminder"), data={"token": "forged"}, note="push"),
    Row("pipeline:reminder_snooze", None, own(302), ids=pk("reminder"), data={"preset": "tomorrow"}),
    Row("pipeline:reminder_remove", None, own(302), ids=pk("reminder")),
    Row("pipeline:contacts", reps(), fragment=True),
    Row("pipeline:contacts", reps(), query={"q": "zq"}, note="search", fragment=True),
    Row("pipeline:contacts", reps(), query={"q": "06711"}, note="search by phone", fragment=True),
    Row("pipeline:contacts", reps(), query={"after": "{lead}"}, note="next page", fragment=True),
    Row("pipeline:contacts", reps(), query={"letter": "Z"}, note="a letter", fragment=True),
    Row(
        "pipeline:contacts",
        reps(),
        query={"select": "1", "board": "on", "reminder": "later", "quiet": "no"},
        note="to select",
        fragment=True,
    ),
    Row("pipeline:contacts_filter", reps(), query={"tag": "x"}, fragment=True),
    Row("pipeline:selected", None, {**reps(302), "own": 200}, data={"lead": "{lead}"}),
    Row("pipeline:selected", None, reps(302), data={"lead": "{lead}", "act": "tag", "word": "x"}, note="tag"),
    Row("pipeline:selected", None, reps(302), data={"lead": "{lead}", "act": "board"}, note="board"),
    Row("pipeline:selected", None, reps(302), data={"lead": "{lead}", "act": "cadence", "cadence": "{series}"}, note="cadence"),
    Row("pipeline:selected", None, reps(302), data={"lead": "{lead}", "act": "stop"}, note="do not contact"),
    Row("pipeline:selected", None, {**reps(302), "own": 200}, data={"lead": "{lead}", "act": "export", "format": "csv"}, note="export"),
    Row("pipeline:selection_undo", None, own_of_reps(302), ids=pk("selection")),
    *(Row("pipeline:detail", own(), own(302), ids={"pk": "{lead}", "name": name}, data=said, note=name) for name, said in DETAILS.items()),
    Row("pipeline:checks", own(), own(302), ids=pk("lead"), data={"text": "zz"}, fragment=True),
    Row("pipeline:check", None, own(302), ids=pk("check"), data={"done": "yes"}),
    Row("pipeline:check", None, own(302), ids=pk("check"), data={"done": "remove"}, note="removed"),
    Row("pipeline:dates", own(), own(302), ids=pk("lead"), data={"name": "zz", "day": "1", "month": "2"}, fragment=True),
    Row("pipeline:date_remove", None, own(302), ids=pk("date")),
    Row("pipeline:tags", reps(), reps(302), data={"tag": "zz", "colour": "1"}),
    Row("pipeline:remove", None, own(302), ids=pk("second")),
    Row("pipeline:attachments", own(), own(422), ids=pk("lead")),
    Row("pipeline:attachment", own(), None, ids=pk("attachment")),
    Row("pipeline:attachment_remove", None, own(302), ids=pk("attachment")),
    Row("pipeline:duplicates", reps()),
    Row("pipeline:duplicates", reps(), query={"after": "1-99999999-1"}, note="next page"),
    Row("pipeline:merge", own(), own(302), ids={"first": "{lead}", "second": "{second}"}, data=CHOSEN),
    Row("pipeline:keep_apart", None, own(302), ids={"first": "{lead}", "second": "{second}"}),
    Row("pipeline:merge_undo", None, own(302), ids=pk("merge")),
    Row("pipeline:contacts_export", reps(), reps(), data={"format": "csv"}),
    Row("pipeline:contacts_export", None, reps(), data={"format": "vcf"}, note="cards"),
    Row("pipeline:call_list", reps()),
    Row("pipeline:call_list", reps(), query={"after": "{lead}"}, note="next sheets"),
    Row("pipeline:export", own(), ids=pk("export")),
    Row("pipeline:export_file", own(), ids=pk("export")),
    Row("pipeline:contacts_import", reps(), reps(422)),
    Row("pipeline:contacts_check", own_of_reps(), own_of_reps(302), ids=pk("draft"), data={"board": "no"}),
    Row("pipeline:job", own_of_reps(), ids=pk("job"), fragment=True),
    Row("pipeline:job", own_of_reps(302), ids=pk("draft"), note="draft", fragment=True),
    Row(
        "pipeline:contacts_check",
        own_of_reps(),
        own_of_reps(302),
        ids=pk("draft"),
        data={"read": "1", "column_0": "name"},
        note="read otherwise",
    ),
    Row("pipeline:import_undo", None, own_of_reps(302), ids=pk("job")),
    Row("pipeline:job_errors", own_of_reps(), ids=pk("job")),
    Row("pipeline:more", logged_in()),
    Row("pipeline:profile", logged_in(), logged_in(302), data={**OTHERS, "language": "en", "zone": "UTC"}),
    Row("pipeline:goal", reps(), reps(302), data={"net_sales": "10", "rep": "{rep}"}),
    Row("pipeline:help", open_to_all()),
]
