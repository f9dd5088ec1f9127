"""What the button for notifications needs."""

from django import template

from notifications import push

register = template.Library()
register.simple_tag(push.public_key, name="push_key")
