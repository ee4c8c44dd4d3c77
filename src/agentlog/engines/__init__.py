"""Where a batch runs. An engine moves batches to a function and outcomes back, in order; it knows nothing of what is in them."""
