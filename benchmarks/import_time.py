"""How long `import agentlog` takes, beside a bare interpreter in the same run. Reach: at most 50 ms over the bare one.

Arms alternate, three rounds of ten starts each; per arm the median of the rounds' medians and their spread are printed.
"""

import statistics
import subprocess
import sys
import time

ARMS = {
    "bare interpreter": "pass",
    "import agentlog": "import agentlog",
    "agentlog, ready to log": "from agentlog import AgentLogger; AgentLogger('unused', enabled=False)",
    "pydantic alone": "import pydantic",
}
ROUNDS, STARTS = 3, 10


def milliseconds(code: str) -> float:
    """Wall time of one interpreter that runs the code."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    """Measure and print."""
    for code in ARMS.values():
        milliseconds(code)
    rounds: dict[str, list[float]] = {name: [] for name in ARMS}
    for _ in range(ROUNDS):
        taken: dict[str, list[float]] = {name: [] for name in ARMS}
        for _ in range(STARTS):
            for name, code in ARMS.items():
                taken[name].append(milliseconds(code))
        for name, times in taken.items():
            rounds[name].append(statistics.median(times))
    bare = statistics.median(rounds["bare interpreter"])
    print(f"{'':24}{'ms':>8}{'over bare':>12}{'spread':>16}")
    for name, times in rounds.items():
        middle = statistics.median(times)
        print(f"{name:24}{middle:8.1f}{middle - bare:12.1f}{min(times):8.1f}–{max(times):.1f}")


if __name__ == "__main__":
    main()
