"""Trainers side by side: each takes the same rows in the same optimizer steps, on the same model with the same adapter."""
