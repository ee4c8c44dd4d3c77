"""agentlog beside the tools that people trace agents with: what a traced call costs, in time and CPU, and what SIGKILL takes.

Every arm traces the same function with the same 3 KB payload, as its own documentation says and with its own defaults, and sends to a place
on this machine: a file, or a server on loopback in another process. Each run of an arm has a fresh process; the arms take turns, in three
rounds. Printed are, per call, the median time; the CPU of the whole process, with its threads, until everything is flushed; the share of
acknowledged calls that was gone after SIGKILL behind the last of them; and the share that a run without a kill did not deliver either.

The calls come back to back, so the queues of the peers are as full as they get: the share lost is that of a burst of so many calls. Where
calls were dropped, the CPU that they would have cost is missing, in the peer's favour. After each run the payload is looked for where it
went: an arm that did not record prompt and answer is a failure, and so is the whole benchmark.

It runs in an environment of its own, made by ``make bench`` from ``peers/requirements.txt``.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from peers.arms import ARMS
from peers.run import Failed, kill, measure
from peers.table import cheaper_than_agentlog, machine, markdown, plain, rows

ROUNDS, CALLS = 3, 2_000


def main() -> None:
    given = _arguments()
    rounds, failures = measured(given.arms or list(ARMS), given.rounds, given.calls)
    table, facts = rows(rounds, failures), machine()
    print(f"{given.rounds} rounds of {given.calls} calls{fewer(rounds, given.calls)}, median (lowest–highest round)", end="\n\n")
    print(plain(table), end="\n\n")
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    for what, word in (("p50_us", "time"), ("cpu_us", "CPU")):
        print(f"peers cheaper than agentlog in {word}: {', '.join(cheaper_than_agentlog(rounds, what)) or 'none'}")
    for name in rounds:
        if tried := sorted({place for one in rounds[name] for place in one["refused"]}):
            print(f"{ARMS[name].name} tried to reach {', '.join(tried)}, and was refused")
    if given.json:
        given.json.write_text(json.dumps({"machine": facts, "calls": given.calls, "rounds": rounds, "failures": failures}, indent=1))
    if given.markdown:
        given.markdown.write_text(f"{markdown(table)}\n\n{', '.join(f'{name} {value}' for name, value in facts.items())}\n")
    if failures:
        sys.exit(f"not measured: {', '.join(failures)}")


def measured(names: list[str], count: int, calls: int) -> tuple[dict[str, list[dict[str, Any]]], dict[str, str]]:
    """The figures of each arm, round by round; and of the arms that failed, once is enough, the reason."""
    rounds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    failures: dict[str, str] = {}
    for number in range(1, count + 1):
        for name in names:
            if name in failures:
                continue
            print(f"round {number}: {name}", file=sys.stderr)
            enough = min(calls, ARMS[name].calls_at_most)
            try:
                rounds[name].append({**measure(name, enough), "lost": kill(name, enough)})
            except Failed as failure:
                failures[name] = str(failure)
                rounds.pop(name, None)
    return dict(rounds), failures


def fewer(names: Iterable[str], calls: int) -> str:
    """Which of these arms got fewer calls."""
    return "".join(f" ({ARMS[name].name}: {ARMS[name].calls_at_most})" for name in names if ARMS[name].calls_at_most < calls)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="agentlog beside its peers")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--calls", type=int, default=CALLS, help="calls in each run (default %(default)s)")
    parser.add_argument("--arms", nargs="+", choices=ARMS, metavar="ARM", help=f"of {', '.join(ARMS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table for the README there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
