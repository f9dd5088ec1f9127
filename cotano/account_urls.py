"""Of django-allauth's addresses those that we use: what is not listed is not there."""

from allauth.account import views
from django.urls import include, path

from teams.views.password import set_password

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("2fa/", include("allauth.mfa.urls")),
    path("signup/", views.signup, name="account_signup"),  # says that nobody signs up alone
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", set_password, name="account_set_password"),  # ours: by a code
]
