"""Addresses of pipeline."""

from django.urls import path

from pipeline.views import home, settings

app_name = "pipeline"
urlpatterns = [
    path("", home.home, name="home"),
    path("boards/", home.home, name="boards"),
    path("leads/add/", home.home, name="add"),
    path("contacts/", home.home, name="contacts"),
    path("more/", settings.more, name="more"),
    path("help/", settings.help_page, name="help"),
]
