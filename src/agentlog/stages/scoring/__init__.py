"""The measures that `agentlog.stages.score` puts together, one to a module, each a pure function of outlines or of texts."""
