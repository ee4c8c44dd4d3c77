"""What the scrubbers are given: found on this machine, made at run time, or read from the labelled sets beside the checkout."""
