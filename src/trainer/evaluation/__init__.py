"""Is the adapter better? The same held-out answers from the same base, with and without it, compared in pairs."""
