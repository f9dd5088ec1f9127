"""Commands of the whole product: `manage.py COMMAND`."""
