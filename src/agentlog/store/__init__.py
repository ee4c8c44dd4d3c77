"""The log on disk: where its files lie, how one process writes to them, how all of them are read as one."""
