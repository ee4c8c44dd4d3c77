"""A dataset on disk: one folder per build, published whole or not at all, and read only if it is what was written."""
