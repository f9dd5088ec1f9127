"""The admin with the product's name."""

from django.contrib.admin.apps import AdminConfig


class CotanoAdmin(AdminConfig):
    """Django's admin, found by its own label."""

    default_site = "cotano.admin_site.CotanoSite"
