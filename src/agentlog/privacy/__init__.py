"""Privacy: what is secret or personal in a text, and what stands in its place. Knows nothing of samples, stages or files."""
