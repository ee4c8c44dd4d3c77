"""The functions that the tasks are about, in families by what they work on."""

from examples.team.families import lists, mappings, numbers, records, strings
from examples.team.family import Family

ALL: tuple[Family, ...] = (*strings.FAMILIES, *lists.FAMILIES, *numbers.FAMILIES, *mappings.FAMILIES, *records.FAMILIES)
