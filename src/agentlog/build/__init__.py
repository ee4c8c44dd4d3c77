"""The build of a dataset: a plan of stages, carried out on an engine, every answer accounted for."""
