"""The admin's part of the matrix: its pages, its models, their actions, filters, searches and autocompletes."""

from tests.matrix.rows import Row, pk


def admin(**who):
    """Who is not named gets 403; who may not open the admin is sent to the log-in page, which refuses them."""
    return {"insider": 403, "person": 302, "nobody": 302, **who}


def company(*who, status=200):
    """These people of the company."""
    return dict.fromkeys(who, status)


def in_charge(*who, status=200):
    """Managers of the owner's territory, and these of the company; to another manager it is not there."""
    return {"charge": status, "manager": 404, **dict.fromkeys(who, status)}


ALL = ("manager", "staff", "analyst", "support", "admin")
WATCHERS = ("staff", "analyst", "support", "admin")
LISTED = company(*ALL)
NO_SUPPORT = company("manager", "staff", "analyst", "admin")
LOADERS = company("staff", "admin")
CALLERS = company("manager", "staff", "admin")
ADMINS = company("admin")
NOT_THERE = {"insider": 404}
NOT_GET = admin(insider=405)
# What nobody may slip into a form.
CHANGES = {
    "code": "zqmass",
    "name": "zqmass",
    "owner": "{rep}",
    "sponsor": "{rep}",
    "territory": "{other_place}",
    "parent": "{other_place}",
    "user": "{user}",
    "is_staff": "on",
    "is_superuser": "on",
    "status": "removed",
    "group": "pilot",
}


def model(name, target, *, lists, one, **other):
    """The pages of a model: who gets its list, one of its rows, and (`other`) its add, change, delete, history, import pages."""
    base, ids, place = f"admin:{name}", {"object_id": "{" + target + "}"}, name.replace("_", "/")
    add, delete, change = other.get("add", {}), other.get("delete", {}), other.get("change", {})
    history = admin(**other.get("history", one))
    rows = [
        Row(f"{base}_changelist", admin(**lists), admin(**lists)),
        Row(f"{base}_add", admin(**add), admin(**add)),
        Row(f"{base}_change", admin(**one), admin(**change), ids=ids, data=CHANGES),
        Row(f"{base}_history", history, history, ids=ids),
        Row(
            f"{base}_delete",
            admin(**delete),
            admin(**{who: 302 if status == 200 else status for who, status in delete.items()}),
            ids=ids,
            data={"post": "yes"},
        ),
        Row(f"admin/{place}/<path:object_id>/", admin(insider=302), admin(insider=302), path=f"/admin/{place}/{{{target}}}/"),
    ]
    if "imports" in other:
        refused, unseen = (admin(**dict.fromkeys(other["imports"], status)) for status in (422, 404))
        file = {"import_file_name": "{draft}", "original_file_name": "x.csv", "format": "0", "resource": "0"}
        rows += [
            Row(f"{base}_import", admin(**other["imports"]), refused, data={"format": "0"}),
            Row(f"{base}_import", unseen, unseen, query={"draft": "{draft}"}, note="a draft"),
            Row(f"{base}_process_import", admin(insider=405), refused, data=file),
        ]
    if "exports" in other:
        taken = admin(**dict.fromkeys(other["exports"], 200))
        rows += [
            Row(f"{base}_export", taken, taken, data={"format": "csv"}),
            Row(f"{base}_export", None, taken, query={"q": "zq"}, data={"format": "csv"}, note="search"),
        ]
    return rows


PAGES = [
    Row("admin:index", admin(insider=200), admin(insider=200)),
    Row("admin:login", {"insider": 302, "person": 403, "nobody": 302}, {"insider": 302, "person": 403, "nobody": 302}),
    Row("admin:logout", admin(insider=405), admin(insider=200)),
    Row("admin:password_change", admin(insider=200), admin(insider=200)),
    Row("admin:password_change_done", admin(insider=200), admin(insider=405)),
    Row("admin:jsi18n", admin(insider=200), admin(insider=405)),
    Row("admin:view_on_site", admin(insider=404), admin(insider=404), ids={"content_type_id": "1", "object_id": "{lead}"}),
    Row("admin:app_list", admin(insider=200), admin(insider=200), ids={"app_label": "teams"}),
    Row("admin/(?P<url>.*)$", admin(insider=404), admin(insider=404), path="/admin/there/is/no/such/page/"),
    Row("admin:autocomplete", admin(), admin(insider=405)),
    *model(
        "teams_rep", "rep", lists=LISTED, one=in_charge(*WATCHERS), change=company("admin", status=302), imports=LOADERS, exports=LOADERS
    ),
    *model("teams_sponsorchange", "sponsor_change", lists=NO_SUPPORT, one=in_charge("staff", "analyst", "admin")),
    *(
        Row(
            "admin:teams_sponsorchange_withdraw",
            admin(**LOADERS),
            admin(staff=status, admin=status),
            ids=pk(change),
            data={"why": "zq"},
            note=change,
        )
        for change, status in (("planned_change", 302), ("sponsor_change", 409))
    ),
    *model("teams_statuschange", "status_change", lists=NO_SUPPORT, one=in_charge("staff", "analyst", "admin")),
    Row("admin:teams_rep_tree", admin(**LISTED), admin(insider=405)),
    Row("admin:teams_rep_tree", admin(**LISTED), None, query={"q": "zq"}, note="search"),
    Row("admin:teams_rep_tree", admin(**LISTED), None, query={"q": "06711"}, note="search by phone"),
    Row("admin:teams_rep_tree", admin(**in_charge(*WATCHERS)), None, query={"of": "{rep}", "after": "{rep}"}, note="one level"),
    Row("admin:teams_rep_move", admin(**LOADERS), admin(**company("staff", "admin", status=422)), ids=pk("rep"), query={"q": "zq"}),
    *model("campaigns_order", "order", lists=NO_SUPPORT, one=in_charge("staff", "analyst", "admin"), imports=LOADERS, exports=LOADERS),
    *model(
        "pipeline_workitem",
        "item",
        lists=LOADERS,
        one=LOADERS,
        history={**in_charge(status=403), **LOADERS},
        imports=LOADERS,
        exports=LOADERS,
    ),
    *model(
        "teams_territory",
        "territory",
        lists=LISTED,
        one=in_charge(*WATCHERS),
        change=company("staff", "admin", status=302),
        imports=LOADERS,
    ),
    Row("admin:teams_territory_tree", admin(**LISTED), admin(insider=405)),
    Row("admin:teams_territory_tree", admin(**LISTED), None, query={"q": "UA-N"}, note="search"),
    Row("admin:teams_territory_tree", admin(**in_charge(*WATCHERS)), None, query={"of": "{territory}"}, note="one level"),
    Row(
        "admin:teams_territory_move",
        admin(**LOADERS),
        admin(**company("staff", "admin", status=422)),
        ids=pk("territory"),
        query={"q": "UA"},
    ),
    *model(
        "campaigns_goal",
        "goal",
        lists=NO_SUPPORT,
        one=in_charge("staff", "analyst", "admin"),
        add=LOADERS | company("manager"),
        change=in_charge("staff", "admin"),
        delete=in_charge("staff", "admin"),
        imports=LOADERS,
    ),
    *model(
        "campaigns_snapshotrun",
        "run",
        lists=company("staff", "analyst", "admin"),
        one=company("staff", "analyst", "admin"),
        history={**company("manager", status=404), **company("staff", "analyst", "admin")},
    ),
    *model("campaigns_goalchange", "goal_change", lists=NO_SUPPORT, one=in_charge("staff", "analyst", "admin")),
    *model(
        "campaigns_title",
        "title",
        lists=NO_SUPPORT,
        one=NO_SUPPORT,
        change=company("staff", "admin", status=302),
        imports=LOADERS,
    ),
    *model("campaigns_titlerequirement", "requirement", lists=NO_SUPPORT, one=NO_SUPPORT, change=LOADERS),
    *model("campaigns_plan", "plan", lists=NO_SUPPORT, one=NO_SUPPORT, change=LOADERS, imports=LOADERS),
    *model("campaigns_product", "product", lists=NO_SUPPORT, one=NO_SUPPORT, imports=LOADERS),
    *model("pipeline_boardtemplate", "template", lists=NO_SUPPORT, one=NO_SUPPORT, add=LOADERS, change=LOADERS, delete=LOADERS),
    *model("campaigns_campaign", "campaign", lists=LISTED, one=LISTED, add=LOADERS, change=LOADERS, imports=LOADERS),
    *model("campaigns_calendar", "calendar", lists=NO_SUPPORT, one=NO_SUPPORT, add=LOADERS, change=LOADERS),
    Row("admin:campaigns_calendar_year", admin(**LOADERS), admin(**company("staff", "admin", status=422)), ids=pk("calendar")),
    Row("admin:campaigns_campaign_reopen", admin(**LOADERS), admin(**company("staff", "admin", status=409)), ids=pk("campaign")),
    Row("admin:campaigns_calendar_live", admin(**LOADERS), admin(**LOADERS), ids=pk("calendar"), data={"live_from": "2030-01-01"}),
    *model("teams_user", "user", lists=ADMINS, one=ADMINS, add=ADMINS, change=ADMINS),
    Row(
        "admin:auth_user_password_change",
        admin(admin=200),
        admin(admin=200),
        ids={"id": "{user}"},
        data={"password1": "x", "password2": "y"},
    ),
    *model("auth_group", "group", lists=ADMINS, one=ADMINS, add=ADMINS, change=company("admin", status=302), delete=ADMINS),
    *model(
        "campaigns_nudgerule",
        "nudge_rule",
        lists=LOADERS,
        one=LOADERS,
        add=LOADERS,
        change=company("staff", "admin", status=302),
        delete=LOADERS,
    ),
    *model("leads_cadence", "cadence", lists=LOADERS, one=LOADERS, add=LOADERS, change=LOADERS),
    *model("leads_messagetemplate", "company_template", lists=LOADERS, one=LOADERS, add=LOADERS, change=LOADERS, delete=LOADERS),
    *model("leads_suppression", "suppression", lists=LOADERS, one=LOADERS, add=LOADERS, change=LOADERS),
    *model("notifications_notification", "given_up", lists=LOADERS, one=LOADERS),
    *model("jobs_job", "company_job", lists=LOADERS, one={**NOT_THERE, **LOADERS}, change={**NOT_THERE, **LOADERS}),
    *model("mfa_authenticator", "authenticator", lists=ADMINS, one=ADMINS, add=ADMINS, change=ADMINS, delete=ADMINS),
    *model("account_emailaddress", "address", lists=ADMINS, one=ADMINS, add=ADMINS, change=ADMINS, delete=ADMINS),
    Row(
        "admin:jobs_job_progress", admin(**NOT_THERE, **LOADERS), admin(**NOT_THERE, **LOADERS), ids={"pk": "{company_job}"}, fragment=True
    ),
    Row("admin:jobs_job_errors", admin(**NOT_THERE, **LOADERS), admin(**NOT_THERE, **LOADERS), ids={"pk": "{company_job}"}),
    Row(
        "admin:jobs_job_agree",
        NOT_GET,
        admin(**NOT_THERE, staff=409, admin=302),
        ids={"pk": "{held_job}"},
        data={"asks": "5"},
        note="of staff",
    ),
    Row("admin:jobs_job_agree", NOT_GET, admin(**NOT_THERE, staff=409, admin=409), ids={"pk": "{company_job}"}),
    Row("admin:jobs_job_decline", NOT_GET, admin(**NOT_THERE, staff=302, admin=302), ids={"pk": "{held_job}"}, note="of staff"),
    Row("admin:jobs_job_decline", NOT_GET, admin(**NOT_THERE, staff=409, admin=409), ids={"pk": "{company_job}"}),
    Row("admin:jobs_job_change", admin(**NOT_THERE), admin(**NOT_THERE), ids={"object_id": "{job}"}, note="of a rep"),
    Row("admin:jobs_job_progress", admin(**NOT_THERE), admin(**NOT_THERE), ids={"pk": "{job}"}, note="of a rep"),
    Row("admin:jobs_job_errors", admin(**NOT_THERE), admin(**NOT_THERE), ids={"pk": "{job}"}, note="of a rep"),
    Row("admin:campaigns_activity", admin(**NO_SUPPORT), admin(insider=405)),
    Row("admin:campaigns_activity", admin(**NO_SUPPORT), None, query={"format": "csv"}, note="file"),
    Row(
        "admin:campaigns_activity",
        admin(**company("manager", status=422), **company("other_boss", "regional", "staff", "analyst", "admin")),
        None,
        query={"territory": "UA-N-02", "format": "csv"},
        note="file of one territory",
    ),
    Row("admin:campaigns_dashboard", admin(**NO_SUPPORT), admin(insider=405)),
    Row(
        "admin:campaigns_dashboard",
        admin(**company("manager", status=404), **company("other_boss", "regional", "staff", "analyst", "admin")),
        None,
        query={"territory": "UA-N-02", "rank": "reps"},
        note="reps of one territory",
    ),
    Row("admin:campaigns_dashboard", admin(**NO_SUPPORT), None, query={"rank": "legs", "by": "people"}, note="legs"),
    Row(
        "admin:campaigns_dashboard_export",
        NOT_GET,
        admin(**company("manager", "staff", "analyst", "admin", status=422)),
        data={"format": "pdf"},
        note="no format",
    ),
    Row("admin:campaigns_dashboard_export", NOT_GET, admin(**NO_SUPPORT, homeless=422), data={"format": "csv"}),
    Row("admin:campaigns_dashboard_take", NOT_GET, admin(**company("staff", "admin", status=302))),
    Row("admin:campaigns_calls", admin(**CALLERS), admin(**dict.fromkeys(CALLERS, 404))),
    Row("admin:campaigns_calls", admin(**CALLERS), None, query={"format": "csv"}, note="file"),
    *(
        Row(
            "admin:campaigns_calls",
            None,
            admin(charge=(302, 409), manager=404, staff=(302, 409), admin=(302, 409)),
            data={act: "{rep}"},
            note=act,
        )
        for act in ("claim", "release", "reached", "no_answer")
    ),
    Row(
        "admin:campaigns_calls",
        admin(**company("manager", status=422), **company("other_boss", "regional", "staff", "admin")),
        None,
        query={"territory": "UA-N-02", "reason": "2", "after": "2.739000.1"},
        note="one territory",
    ),
]

# model -> what its list can be narrowed by (parameter -> values); a filter that is not here fails the build
FILTERS = {
    "notifications.notification": {"kind__exact": ["reminder"]},
    "teams.rep": {"territory": ["UA-N-01", "UA-N-02", "UA"], "status__exact": ["active", "removed"]},
    "teams.sponsorchange": {"state__exact": ["applied"], "cause__exact": ["person"]},
    "teams.statuschange": {"status__exact": ["active"], "why__exact": ["status"]},
    "teams.territory": {"kind__exact": ["territory"], "group__exact": [""]},
    "teams.user": {"is_staff__exact": ["1"], "is_active__exact": ["0"], "groups__id__exact": ["{group}"]},
    "campaigns.order": {"kind__exact": ["order"]},
    "campaigns.goal": {"measure__exact": ["orders"]},
    "campaigns.goalchange": {"measure__exact": ["orders"]},
    "campaigns.snapshotrun": {"cause__exact": ["late"]},
    "campaigns.campaign": {"calendar__id__exact": ["{calendar}"], "year": ["2026"]},
    "pipeline.workitem": {"done": ["no", "yes"]},
    "jobs.job": {"state__exact": ["done"]},
    "account.emailaddress": {"primary__exact": ["0"], "verified__exact": ["0"]},
    "mfa.authenticator": {"type__exact": ["totp"], "created_at__gte": ["2020-01-01"], "last_used_at__isnull": ["True"]},
}
# model -> what one might look for: the beginning of every canary, a part of every phone
SEARCHES = {
    "teams.rep": ["zq", "06711", "zqstranger"],
    "teams.sponsorchange": ["STRANGER", "MID"],
    "teams.statuschange": ["STRANGER", "MID"],
    "teams.territory": ["UA-N", "zq"],
    "teams.user": ["zq", "06711"],
    "campaigns.order": ["zq", "STRANGER", "MID"],
    "campaigns.product": ["P1", "zq"],
    "pipeline.workitem": ["zq", "STRANGER"],
    "auth.group": ["a"],
    "account.emailaddress": ["zq"],
}
# lookups that no filter offers
SLIPPED = {
    "teams.rep": [
        "user__email__startswith=zq",
        "sponsor__name__contains=zq",
        "leads__name__contains=zq",
        "territory__code=UA-N-02",
        "id__gt=0",
    ],
    "campaigns.order": ["rep__code=STRANGER", "rep__leads__phone__contains=067", "id__gt=0"],
    "teams.territory": ["reps__leads__name__contains=zq", "assignments__user__email__contains=zq"],
}
# model -> what its actions are tried on
TARGETS = {
    "auth.group": "{group}",
    "account.emailaddress": "{address}",
    "mfa.authenticator": "{authenticator}",
    "notifications.notification": "{given_up}",
}
# model -> its actions
ACTIONS = {
    "notifications.notification": {"replay"},
    "auth.group": {"delete_selected"},
    "account.emailaddress": {"delete_selected", "make_verified"},
    "mfa.authenticator": {"delete_selected"},
}
# what a field with a search in it asks (model, field, whose rows); who gets an answer. Those of the registry must be here.
AUTOCOMPLETES = {
    ("teams", "rep", "user"): ADMINS,
    ("teams", "assignment", "territory"): LISTED,
    ("teams", "rep", "sponsor"): LISTED,
    ("teams", "rep", "territory"): LISTED,
    ("campaigns", "groupdeadline", "territory"): LISTED,
    ("campaigns", "order", "rep"): LISTED,
    ("campaigns", "order", "returns"): NO_SUPPORT,
    ("pipeline", "workitem", "rep"): LISTED,
    ("pipeline", "workitem", "lead"): {},
    ("leads", "lead", "owner"): LISTED,
    ("leads", "comment", "lead"): {},
    ("pipeline", "board", "rep"): LISTED,
    ("jobs", "job", "owner"): ADMINS,
    ("notifications", "notification", "recipient"): ADMINS,
    ("account", "emailaddress", "user"): ADMINS,
}


def _lists():
    """Who gets the list of a model."""
    return {
        row.view.removeprefix("admin:").removesuffix("_changelist").replace("_", "."): row.get
        for row in PAGES
        if row.view.endswith("_changelist")
    }


def _narrowed():
    for name, policy in _lists().items():
        view = f"admin:{name.replace('.', '_')}_changelist"
        for parameter, values in FILTERS.get(name, {}).items():
            for value in values:
                refused = {"regional": 302} if value == "UA" else {}  # above what one sees; who sees one territory has no such filter
                yield Row(view, {**policy, **refused}, None, query={parameter: value}, note=f"{parameter}={value}")
        for term in SEARCHES.get(name, ()):
            yield Row(view, policy, None, query={"q": term}, note=f"q={term}")
        for lookup in SLIPPED.get(name, ()):
            parameter, _is, value = lookup.partition("=")
            yield Row(
                view,
                {**policy, **dict.fromkeys((who for who in policy if policy[who] == 200), (302, 200, 400))},
                None,
                query={parameter: value},
                note=lookup,
            )
        for action in sorted(ACTIONS.get(name, ())):
            target = TARGETS[name]
            answers = {**policy, **{who: (200, 302) for who in policy if policy[who] == 200}}
            yield Row(view, None, answers, data={"action": action, "_selected_action": target}, note=action)


def _completed():
    for (app, name, field), who in AUTOCOMPLETES.items():
        for term in ("", "zq", "06711"):
            query = {"app_label": app, "model_name": name, "field_name": field, "term": term}
            yield Row("admin:autocomplete", admin(**who), None, query=query, note=f"{app}.{name}.{field} {term}".strip())


ROWS = [*PAGES, *_narrowed(), *_completed()]
