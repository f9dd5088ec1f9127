"""Cotano: the project package. It imports nothing, so that `cotano.env` and `cotano.embedded` stay light."""
