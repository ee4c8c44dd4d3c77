"""Cases: faults injected into trainings that would be good, and good trainings that must not be refused, a file per kind of thing."""

from benchmarks.train.cases import adapters, controls, data, labels, models, running, serving
from benchmarks.train.cases.case import Case

FAULTS: list[Case] = [case for part in (models, labels, data, running, adapters, serving) for case in part.CASES]
CONTROLS: list[Case] = controls.CASES
