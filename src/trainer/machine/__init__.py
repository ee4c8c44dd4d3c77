"""The machine: what it has, what a run needs of it, and what was decided from both."""
