"""Serving: servers that do not print what was trained. `agentlog doctor` must see each of them."""

from benchmarks.train.cases.case import Cases

CASES = Cases()
