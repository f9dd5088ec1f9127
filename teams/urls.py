"""Addresses of teams."""

from django.urls import path

from teams.views import contact, devices, login

app_name = "teams"
urlpatterns = [
    path("accounts/code/", login.code, name="code"),
    path("accounts/code/again/", login.again, name="code_again"),
    path("profile/phone/", contact.phone, name="phone"),
    path("profile/email/", contact.email, name="email"),
    path("profile/devices/", devices.devices, name="devices"),
    path("profile/devices/others/end/", devices.end_others, name="end_others"),
    path("profile/devices/<uuid:number>/end/", devices.end, name="end"),
]
