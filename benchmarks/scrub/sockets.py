"""Does anything of the scrubbing ask for the network? Reach: no socket opened, no name looked up.

In a process each, watched by a hook that no code can take off again: the scrubber with all recognisers and locales from its first use; the
two stages of a build; and the command. Whatever would open a socket, connect it or look up a name is refused and counted. A process that
does just that shows first that the watch works.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

_WATCH = """
import os, socket, sys
def watch(event, arguments):
    if event.startswith("socket.") and event not in ("socket.gethostname", "socket.__new__"):
        sys.stderr.write(f"SOCKET {event} {arguments!r}\\n")
        raise PermissionError("no socket here")
    if event == "socket.__new__" and arguments[1] in (socket.AF_INET, socket.AF_INET6):
        sys.stderr.write(f"SOCKET {event} {arguments!r}\\n")
        raise PermissionError("no socket here")
sys.addaudithook(watch)
"""
_TEXT = """
import random
from benchmarks.scrub.material import numbers
from benchmarks.scrub.material.planted import case
rng = random.Random(0)
makers = (numbers.mail, numbers.phone, numbers.card, numbers.iban, numbers.address, numbers.social_security, numbers.token)
text = " and ".join(make(rng) for make in makers for _ in range(20)) + " mail a@b.co.uk, a@b.museum, x@host.internal https://u:pw12345@h.io/"
"""
ARMS = {
    "the watch itself (must be seen)": "import urllib.request\nurllib.request.urlopen('http://192.0.2.1/')",
    "agentlog.scrub, every locale": _TEXT
    + """
from agentlog import scrub
for locales in (("en",), ("en", "de", "fr", "es", "it")):
    scrub(text, key="k" * 32, locales=locales, people=["Ana Ruiz"])
for seed in range(200):
    scrub(case(random.Random(seed)).value, key="k" * 32)
""",
    "the stages secrets and redact": _TEXT
    + """
from agentlog.schema.sample import Sample
from agentlog.stages.redact import RedactConfig, redact
from agentlog.stages.secrets import SecretsConfig, secrets
sample = Sample(id="x", messages=[{"role": "assistant", "content": text}], trained=(0,), source_ids=("1",))
kept = redact(secrets([sample], SecretsConfig(key="k" * 32)).kept, RedactConfig(key="k" * 32)).kept
assert kept and kept[0].messages != sample.messages, "nothing was scrubbed"
""",
    "the command agentlog scrub": _TEXT
    + """
open("in.txt", "w").write(text)
sys.argv = ["agentlog", "scrub", "in.txt", "--data", "data"]
from agentlog.cli.main import main
main()
""",
}


def main() -> None:
    missed = []
    for name, code in ARMS.items():
        opened, done = opened_by(code)
        ended = "" if done.returncode == 0 else f", ended with {done.returncode}"
        print(f"{name:34}{opened} sockets asked for{ended}")
        is_watch = name.startswith("the watch")
        if bool(opened) != is_watch or (done.returncode != 0) != is_watch:
            missed.append(name)
            print(done.stderr[-1500:])
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


def opened_by(code: str) -> "tuple[int, subprocess.CompletedProcess[str]]":
    """How often a piece of code asks for a socket, in a process and a folder of its own, and how the process ended."""
    root = str(Path(__file__).resolve().parents[2])
    with tempfile.TemporaryDirectory() as folder:
        whole = f"import sys\nsys.path[:0] = [{root!r}]\n{_WATCH}{code}"
        done = subprocess.run([sys.executable, "-c", whole], cwd=folder, capture_output=True, text=True, check=False)
    return done.stderr.count("SOCKET "), done


if __name__ == "__main__":
    main()
