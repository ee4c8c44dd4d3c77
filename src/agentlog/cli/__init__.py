"""The command line: parses, calls one library function, prints. Nothing is decided here that a library user would miss."""
