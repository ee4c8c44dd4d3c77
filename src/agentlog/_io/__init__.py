"""Files: atomic publication, JSON lines that skip and report what is broken, and transparent decompression."""
