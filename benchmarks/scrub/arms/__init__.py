"""The tools compared, each behind a function from texts to what it found there."""
