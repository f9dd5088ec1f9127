"""Addresses of notifications."""

from django.urls import path

from notifications import preference_views, views

app_name = "notifications"
urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/<int:pk>/", views.open_one, name="open"),
    path("inbox/<int:pk>/why/", preference_views.why, name="why"),
    path("inbox/<int:pk>/mute/", preference_views.mute, name="mute"),
    path("inbox/preferences/", preference_views.preferences, name="preferences"),
    path("inbox/read/", views.read_all, name="read_all"),
    path("inbox/read/<int:at>/undo/", views.unread, name="unread"),
    path("mails/<str:token>/off/", views.mail_off, name="mail_off"),
    path("push/devices/", views.subscribe, name="subscribe"),
    path("push/devices/delete/", views.unsubscribe, name="unsubscribe"),
    path("push/devices/<int:pk>/delete/", views.device_end, name="device_end"),
    path("offline/", views.offline, name="offline"),
    path("sw.js", views.worker, name="worker"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
]
