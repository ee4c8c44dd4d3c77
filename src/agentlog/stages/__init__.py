"""The steps of a build: pure functions, batch in, `Outcome` out. They know neither files of the log nor where they run."""
