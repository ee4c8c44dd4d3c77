"""People: who is known, and by which texts.

A team that logs its customers' requests has a list of its customers; what stands in it is private wherever it occurs, in prose as in
data. This package reads such lists (`read_people`) and makes the table of texts to look for (`known_texts`); looking for them is not its
business. Logins that are a name and an unknown number are found by a recogniser, which `logins` makes.
"""

from agentlog.privacy.people.logins import logins
from agentlog.privacy.people.person import Person, Place
from agentlog.privacy.people.reading import read_people
from agentlog.privacy.people.texts import known_texts

__all__ = ["Person", "Place", "known_texts", "logins", "read_people"]
