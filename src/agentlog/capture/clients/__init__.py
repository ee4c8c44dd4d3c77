"""Clients of providers whose calls are logged: one file for what all have in common, one for streams, one for each provider."""
