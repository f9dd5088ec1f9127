"""Counting inside a statement."""

from django.db.models import IntegerField, Subquery


class Number(Subquery):
    """How many rows the subquery has."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()
