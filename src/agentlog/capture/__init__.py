"""From a running agent to the log. Nothing here ever raises into the agent, or changes what its calls take, return or raise."""
