"""All addresses of the product."""

from django.contrib import admin
from django.urls import include, path

from cotano import health
from cotano.language import language

urlpatterns = [
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("language/", language, name="language"),
    path("accounts/", include("cotano.account_urls")),
    path("admin/", admin.site.urls),
    path("", include("notifications.urls")),
    path("", include("teams.urls")),
    path("", include("campaigns.urls")),
    path("", include("pipeline.urls")),
]
