"""The nouns of agentlog as data: what a log line, a sample, a stage's outcome and a manifest are made of. No I/O happens here."""
