"""Other tools for near-duplicates, each as its documentation shows it, to be timed beside agentlog."""
