"""What is private in real runs of an airline's agent, and what is a fact of a flight: how much of the one goes and of the other stays.

The runs are tau-bench's, of which the users' file tells every name, address, e-mail, birth date and user id: whatever of it stands verbatim
in a run is personal, wherever it stands. The passengers whom a tool names are personal too. Facts are collected from the JSON of the tools
by their keys, minus what is personal. One run is one value to the scrubber, as a session is.

Measured twice, without and with the users' file as the list of people, and beside Presidio's pattern recognisers. A value counts as gone
as often as the text that held it holds it no more; a fact counts as kept as often as the text that held it still does.
"""

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from agentlog import scrub
from benchmarks.scrub.arms import presidio
from benchmarks.scrub.material import labelled

KEY = "k" * 32
RUNS = "taubench-gpt-4o-airline.even-tasks.json.gz"
USERS = "taubench-airline-users.json.gz"
FACTS = {
    "flight": ("flight_number",),
    "airport": ("origin", "destination"),
    "date of a flight": ("date",),
    "price or amount": ("price", "prices", "amount"),
    "time": ("scheduled_departure_time_est", "scheduled_arrival_time_est", "actual_departure_time_est", "created_at"),
    "cabin": ("cabin", "flight_type", "insurance", "membership"),
    "status": ("status",),
    "reservation": ("reservation_id", "reservations"),
    "baggage": ("total_baggages", "nonfree_baggages"),
    "seats": ("available_seats",),
}
GOALS = {
    ("e-mail", "anywhere"): 1.0,
    ("birth date", "anywhere"): 1.0,
    ("name", "in JSON"): 0.97,
    ("user id", "in JSON"): 0.97,
}
WITH_PEOPLE = {("name", "anywhere"): 0.99, ("street", "anywhere"): 0.99}
FACTS_KEPT = 0.99


class Personal(NamedTuple):
    """A personal value and what it is."""

    kind: str
    value: str


class Score(NamedTuple):
    """How many places there were, and at how many the value was gone (of a fact: kept)."""

    there: Counter[tuple[str, str]]
    done: Counter[tuple[str, str]]

    def rate(self, what: tuple[str, str]) -> float:
        """The share; 1 where there was nothing."""
        return self.done[what] / self.there[what] if self.there[what] else 1.0


def of_a_user(user: Mapping[str, Any], login: str) -> Iterator[Personal]:
    """Everything personal that the users' file tells of one."""
    yield Personal("user id", login)
    yield Personal("e-mail", user["email"])
    yield Personal("birth date", user["dob"])
    yield from _named(user["name"])
    for passenger in user["saved_passengers"]:
        yield from _named(passenger)
        yield Personal("birth date", passenger["dob"])
    yield Personal("street", user["address"]["address1"])
    yield Personal("street", user["address"]["address2"])


def _named(person: Mapping[str, Any]) -> Iterator[Personal]:
    yield Personal("name", person["first_name"])
    yield Personal("name", person["last_name"])


def tool_values(run: Mapping[str, Any]) -> Iterator[Any]:
    """The JSON that tools were given and gave."""
    for message in run["traj"]:
        for call in message.get("tool_calls") or ():
            yield _parsed(call["function"]["arguments"])
        if message["role"] == "tool":
            yield _parsed(message["content"])


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def by_keys(value: Any, keys: Iterable[str], under: bool = False) -> Iterator[Any]:
    """The texts and numbers under any of these keys, or in what stands under them."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from by_keys(inner, keys, under or key in keys)
    elif isinstance(value, list):
        for inner in value:
            yield from by_keys(inner, keys, under)
    elif under and isinstance(value, str | int | float) and not isinstance(value, bool):
        yield value


def passengers(value: Any) -> Iterator[Personal]:
    """Those whom the tools name in this run."""
    if isinstance(value, dict):
        if "first_name" in value and "last_name" in value:
            yield from _named(value)
            if "dob" in value:
                yield Personal("birth date", value["dob"])
        for inner in value.values():
            yield from passengers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from passengers(inner)


def personal_values(run: Mapping[str, Any], users: Mapping[str, Any]) -> set[Personal]:
    """What is personal in a run: of the users who are named in it, and of the passengers."""
    text = json.dumps(run["traj"])
    there = {value for login, user in users.items() if login in text or user["email"] in text for value in of_a_user(user, login)}
    for value in tool_values(run):
        there.update(passengers(value))
    return {one for one in there if isinstance(one.value, str) and one.value}


def facts(run: Mapping[str, Any], personal: set[Personal]) -> set[Personal]:
    """Flight numbers, airports, dates, prices and the like, as the tools tell them."""
    private = {one.value for one in personal}
    return {
        Personal(kind, str(value))
        for tool in tool_values(run)
        for kind, keys in FACTS.items()
        for value in by_keys(tool, keys)
        # A number of one or two digits stands in every date and address.
        if str(value) not in private and len(str(value)) > 2
    }


def texts(messages: list[Any]) -> list[tuple[bool, str]]:
    """The texts of a run in order, each with whether it is a tool's JSON."""
    found: list[tuple[bool, str]] = []
    for message in messages:
        found.append((message["role"] == "tool" and _is_json(message["content"]), message.get("content") or ""))
        found += [(True, call["function"]["arguments"]) for call in message.get("tool_calls") or ()]
    return found


def _is_json(text: str | None) -> bool:
    return bool(text) and text.lstrip()[:1] in ("{", "[")


def places(value: str, text: str) -> int:
    """How often a value stands alone in a text."""
    return len(re.findall(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])", text))


def measure(
    runs: list[dict[str, Any]], users: Mapping[str, Any], clean: Callable[[list[Any], str], list[Any]]
) -> tuple[Score, Counter[str]]:
    """Scores over all runs, and what was missed most."""
    score = Score(Counter(), Counter())
    missed: Counter[str] = Counter()
    for number, run in enumerate(runs):
        personal = personal_values(run, users)
        before = texts(run["traj"])
        after = texts(clean(run["traj"], str(number)))
        # The reading of a scrubbed run must find the same texts, or the shape was lost.
        assert len(before) == len(after), f"run {number} has lost its shape"
        for one in sorted(personal):
            for (in_json, old), (_, new) in zip(before, after, strict=True):
                there = places(one.value, old)
                if there:
                    gone = there - min(places(one.value, new), there)
                    for where in ("anywhere", *(("in JSON",) if in_json else ())):
                        score.there[one.kind, where] += there
                        score.done[one.kind, where] += gone
                    if gone < there:
                        missed[f"{one.kind}{' in JSON' if in_json else ''}: {one.value}"] += there - gone
        for one in sorted(facts(run, personal)):
            for (_, old), (_, new) in zip(before, after, strict=True):
                there = places(one.value, old)
                if there:
                    kept = min(places(one.value, new), there)
                    for kind in (one.kind, "all"):
                        score.there["fact", kind] += there
                        score.done["fact", kind] += kept
                    if kept < there:
                        missed[f"fact lost, {one.kind}: {one.value}"] += there - kept
    return score, missed


def ours(people: list[dict[str, Any]]) -> Callable[[list[Any], str], list[Any]]:
    """agentlog's scrubber, with a list of people or without."""

    def clean(messages: list[Any], scope: str) -> list[Any]:
        cleaned: list[Any] = scrub(messages, key=KEY, scope=scope, people=people).value
        return cleaned

    return clean


def theirs(messages: list[Any], scope: str) -> list[Any]:
    """Presidio's pattern recognisers on every text, each finding replaced by its entity's name as its anonymiser does."""
    return [_anonymised(message) for message in messages]


def _anonymised(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: inner if key == "role" else _anonymised(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_anonymised(inner) for inner in value]
    if not isinstance(value, str) or not value:
        return value
    end = len(value)
    for found in sorted(presidio.engine().analyze(value, language="en"), key=lambda found: (-found.start, -found.end)):
        if found.end <= end:
            value = f"{value[: found.start]}<{found.entity_type}>{value[found.end :]}"
            end = found.start
    return value


def people_of(users: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The users' file as a list of people: what a company knows of its customers, and of those who travel with them."""
    people: dict[str, dict[str, Any]] = {}
    for login, user in users.items():
        name = f"{user['name']['first_name']} {user['name']['last_name']}"
        address = [user["address"]["address1"], user["address"]["address2"]]
        people[login] = {"name": name, "email": user["email"], "login": login, "address": address}
        for passenger in user["saved_passengers"]:
            name = f"{passenger['first_name']} {passenger['last_name']}"
            people.setdefault(name, {"name": name})
    return list(people.values())


def table(title: str, score: Score, goals: Mapping[tuple[str, str], float]) -> bool:
    """Print one arm; whether it reaches its goals."""
    print(f"\n{title}")
    reached = True
    for what in sorted(score.there):
        goal = goals.get(what, FACTS_KEPT if what == ("fact", "all") and goals else None)
        met = goal is None or score.rate(what) >= goal
        reached &= met
        verb = "kept" if what[0] == "fact" else "gone"
        said = "" if goal is None else f"  goal {goal:.2f}{'' if met else '  MISSED'}"
        print(f"  {what[0] + ', ' + what[1]:28} {score.done[what]:6} of {score.there[what]:6} {verb}  {score.rate(what):.4f}{said}")
    return reached


def main() -> int:
    """Measure and print; 1 when a goal is missed."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--runs", type=int, default=0, help="only the first so many runs")
    asked.add_argument("--missed", type=int, default=0, help="print so many of the values that were missed")
    asked.add_argument("--presidio-runs", type=int, default=10, help="runs that Presidio's recognisers are given; 0 for none")
    given = asked.parse_args()
    folder = labelled.folder()
    if folder is None:
        print(f"{labelled.LEFT_OUT}: not measured")
        return 0
    runs = next(iter(labelled.values(folder / "trajectories" / RUNS)))[1][: given.runs or None]
    users = next(iter(labelled.values(folder / "trajectories" / USERS)))[1]
    reached = True
    for title, people, goals in (
        ("agentlog, no list of people", [], GOALS),
        ("agentlog, the users as people", people_of(users), WITH_PEOPLE),
    ):
        begun = time.process_time()
        score, missed = measure(runs, users, ours(people))
        reached &= table(f"{title}: {len(runs)} runs, {time.process_time() - begun:.1f} s with the counting", score, goals)
        for said, times in missed.most_common(given.missed):
            print(f"    {times:5}  {said}")
    if given.presidio_runs:
        some = runs[: given.presidio_runs]
        table(f"Presidio's pattern recognisers: the first {len(some)} runs", measure(some, users, theirs)[0], {})
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
