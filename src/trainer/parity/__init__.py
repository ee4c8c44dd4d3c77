"""Parity: training, evaluation and serving render alike, by certificate and by asking the server."""
