"""Addresses of pipeline."""

from django.urls import path

from pipeline.views import boards, contacts, duplicates, home, imports, leads, reminders, settings, shares

app_name = "pipeline"
urlpatterns = [
    path("", home.home, name="home"),
    path("boards/", boards.boards, name="boards"),
    path("boards/open/", boards.open_board, name="open_board"),
    path("boards/<int:pk>/", boards.board, name="board"),
    path("boards/<int:pk>/stages/<int:stage>/", boards.column, name="column"),
    path("boards/<int:pk>/share/", shares.share, name="share"),
    path("shares/<int:pk>/revoke/", shares.revoke, name="share_revoke"),
    path("shares/<int:pk>/restore/", shares.restore, name="share_restore"),
    path("cards/<int:pk>/", boards.card, name="card"),
    path("cards/<int:pk>/face/", boards.face, name="face"),
    path("cards/<int:pk>/move/", boards.move, name="move"),
    path("leads/add/", contacts.add, name="add"),
    path("leads/known/", contacts.known, name="known"),
    path("leads/<int:pk>/", leads.lead, name="lead"),
    path("leads/<int:pk>/edit/", contacts.edit, name="edit"),
    path("leads/<int:pk>/comment/", leads.comment, name="comment"),
    path("leads/<int:pk>/do-not-contact/", leads.do_not_contact, name="do_not_contact"),
    path("leads/<int:pk>/attempts/", leads.attempt, name="attempt"),
    path("attempts/<int:pk>/outcome/", leads.outcome, name="outcome"),
    path("leads/<int:pk>/reminder/", reminders.reminder, name="reminder"),
    path("reminders/<int:pk>/done/", reminders.reminder_done, name="reminder_done"),
    path("reminders/<int:pk>/snooze/", reminders.reminder_snooze, name="reminder_snooze"),
    path("reminders/<int:pk>/remove/", reminders.reminder_remove, name="reminder_remove"),
    path("contacts/", contacts.contacts, name="contacts"),
    path("contacts/duplicates/", duplicates.duplicates, name="duplicates"),
    path("contacts/duplicates/<int:first>/<int:second>/", duplicates.merge, name="merge"),
    path("contacts/duplicates/<int:first>/<int:second>/apart/", duplicates.keep_apart, name="keep_apart"),
    path("merges/<int:pk>/undo/", duplicates.merge_undo, name="merge_undo"),
    path("contacts/import/", imports.contacts_import, name="contacts_import"),
    path("contacts/import/<int:pk>/", imports.contacts_check, name="contacts_check"),
    path("imports/<int:pk>/", imports.job, name="job"),
    path("imports/<int:pk>/errors/", imports.job_errors, name="job_errors"),
    path("more/", settings.more, name="more"),
    path("profile/", settings.profile, name="profile"),
    path("profile/seen/", shares.seen, name="seen"),
    path("goal/", settings.goal, name="goal"),
    path("help/", settings.help_page, name="help"),
]
