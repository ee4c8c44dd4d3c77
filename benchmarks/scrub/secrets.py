"""What is found of secrets, beside what Presidio and detect-secrets find in the same texts. Reach: .90 of the examples and of the lines
at risk, .95 of the counter-examples left alone, every canary, next to nothing in clean code.

Counted as found is what has a finding of a secret (for the peers: any finding at all). Counter-examples of a rule are often another
rule's secret: so both figures are given, and left out of the second are those in which what was found stands in a positive example, or
has the form of something found in one: the same kinds of characters, the same marks, and the same length for hexadecimal digits.
Canaries are made here: tokens and named secrets in prose, shell output, tracebacks, YAML and diffs, up to four times nested in JSON in
strings.

    python -m benchmarks.scrub.secrets [--show] [--peers 0]
"""

import argparse
import json
import random
import re
import string
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from agentlog.privacy.detector import Detector
from agentlog.privacy.secrets import recognisers
from agentlog.privacy.text import Text
from benchmarks.scrub.arms import detect_secrets, presidio
from benchmarks.scrub.material import labelled
from benchmarks.scrub.material.code import standard_library

NOT_SECRET = {"fuzzy", "identifier", "hash", "hashed"}
NO_PATTERN = {"web/ruby/config/master.key": 1, ".mozilla/firefox/logins.json": 4}
"""How many of the lines of leaky-repo at risk no pattern can know: a bare line of digits, and names of users that are encrypted."""
NOT_THERE = {
    "deployment-config.json": 2,
    ".ftpconfig": 1,
    "filezilla/filezilla.xml": 1,
    "filezilla/recentservers.xml": 1,
    "web/var/www/.env": 2,
    ".esmtprc": 1,
}
"""How many lines it counts that its files, as they are, do not have."""
ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"

_detector = Detector(recognisers())


def found(text: str) -> list[str]:
    """The secrets in a text."""
    return [text[span.start : span.end] for span in _detector.find(Text(text))]


def without(text: str) -> str:
    """A text with every secret blanked."""
    parts, at = [], 0
    for span in _detector.find(Text(text)):
        parts.append(text[at : span.start])
        at = span.end
    return "#".join([*parts, text[at:]])


def examples(folder: Path, peers: bool, show: bool) -> bool:
    """Positive and negative examples of secrets, rule by rule."""
    rules = next(iter(labelled.values(folder / "secrets" / "noseyparker-examples.json.gz")))[1]
    positive = [text for rule in rules if not NOT_SECRET & set(rule["categories"]) for text in rule["examples"]]
    negative = [text for rule in rules for text in rule["negative_examples"]]
    every = [text for rule in rules for text in rule["examples"]]
    forms = {form(secret) for text in every for secret in found(text)}
    missed = [text for text in positive if not found(text)]
    struck = [text for text in negative if found(text)]
    false = [text for text in struck if not all(any(one in other for other in every) or form(one) in forms for one in found(text))]
    true_negatives = len(negative) - len(struck) + len(false)
    _line("positive examples found", len(positive) - len(missed), len(positive))
    _line("counter-examples left alone, all", len(negative) - len(struck), len(negative))
    _line("counter-examples left alone, but for others' secrets", true_negatives - len(false), true_negatives)
    if peers:
        for name, hits in (("Presidio", _presidio), ("detect-secrets", _detect_secrets)):
            there, false_there = hits(positive), hits(negative)
            if there is not None and false_there is not None:
                _line(f"  {name}: positive examples", sum(there), len(positive))
                _line(f"  {name}: counter-examples left alone", len(negative) - sum(false_there), len(negative))
    for text in (missed + false) if show else ():
        print("   ", repr(text[:200]), found(text))
    return len(missed) <= 0.1 * len(positive) and len(false) <= 0.05 * true_negatives


def form(secret: str) -> tuple[str, ...]:
    """What a secret looks like: hexadecimal with its length, or its kinds of characters with its marks."""
    if re.fullmatch(r"[0-9a-f]+|[0-9A-F]+", secret):
        return ("hexadecimal", str(len(secret)))
    kinds = (any(map(str.islower, secret)), any(map(str.isupper, secret)), any(map(str.isdigit, secret)))
    return (*map(str, kinds), re.sub(r"[A-Za-z0-9]+", "", secret), secret.partition("-")[0][:5] if "-" in secret[:6] else "")


def lines_at_risk(folder: Path, peers: bool, show: bool) -> bool:
    """Lines at risk in a repository of configuration files; a block counts once, and no line beyond those that the file has."""
    files = dict(_texts(folder / "secrets" / "leaky-repo.tar.gz"))
    listed = next(text for name, text in files.items() if name.endswith("secrets.csv"))
    wanted = {line.split(",")[0]: int(line.split(",")[1]) for line in listed.splitlines() if line and line[0] not in "# "}
    for name, lines in [*NO_PATTERN.items(), *NOT_THERE.items()]:
        wanted[name] -= lines
    there = {name: text for name, text in files.items() if wanted.get(name)}
    right = total = 0
    for name, text in there.items():
        hit = len({text.count("\n", 0, span.start) for span in _detector.find(Text(text))})
        right += min(hit, wanted[name])
        total += wanted[name]
        if show and hit < wanted[name]:
            print("   ", name, hit, "of", wanted[name])
    _line("lines at risk found that a pattern can know", right, total)
    if peers and (scan := detect_secrets.scan(list(there.items()))) is not None:
        hits = [len({one.line for one in one_file}) for one_file in scan.found]
        _line("  detect-secrets", sum(min(hit, wanted[name]) for hit, name in zip(hits, there, strict=True)), total)
    return right >= 0.9 * total


def canaries(cases: int = 2000) -> bool:
    """Secrets made here, nested in tool output."""
    rng = random.Random(20)
    missed: Counter[str] = Counter()
    for _ in range(cases):
        value, text = _canary(rng)
        # What has lines of its own stands by itself, not within a numbered line or a diff.
        scenes = (_SCENES[0], _SCENES[2]) if "\n" in text else _SCENES
        if value in without(_nested(rng, rng.choice(scenes).format(text))):
            missed[re.sub(rf"[{ALNUM}]{{12,}}", "…", text)] += 1
    _line("canaries gone", cases - sum(missed.values()), cases)
    for text, times in missed.most_common(10):
        print("   ", times, text)
    return not missed


_SCENES = (
    "{}",
    "I have set it up: {}\nand then it ran.",
    "$ cat .env\n{}\n$ ls",
    'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    {}\nValueError: bad',
    "env:\n  - x: 1\n  {}\n",
    "diff --git a/x b/x\n@@ -1 +1 @@\n-{}\n+# gone\n",
    "12\t{}\n13\tpass",
)
_NAMED = (
    'password = "{p}"', "DB_PASSWORD={p}", "API_KEY = '{r}'", "export SECRET_KEY={r}", '"password": "{p}"', '"client_secret": "{r}"',
    "'api_key': '{h}'", "auth_token: {h}", "curl -u admin:{p} https://h.io/x", 'curl -H "Authorization: Bearer {r}" https://h.io',
    "postgres://app:{p}@db.corp.io:5432/x", "https://api.io/v1?access_token={r}&x=1", "mytool --token {r} run",
    "mytool --password={p} run", "Cookie: sessionid={r}; theme=dark", "<password>{p}</password>", '<add key="DbPassword" value="{p}"/>',
    "Server=db;Database=x;User Id=sa;Password={p};", "machine h.io login bob password {p}", "CREATE USER bob IDENTIFIED BY '{p}'",
    "x-api-key: {r}", "//registry.npmjs.org/:_authToken={r}", "my password is {p}", "sshpass -p {p} ssh h",
    'os.environ["OPENAI_API_KEY"] = "{r}"', "ENV GH_TOKEN {r}", "spring.datasource.password={p}", "const apiKey = `{r}`;",
    "user,password\nbob,{p}\n", "| user | password |\n|---|---|\n| bob | {p} |\n", "INSERT INTO u (name, password) VALUES ('bob', '{p}');",
    'smtp.login("bob", "{p}")', "echo {p} | docker login -u bob --password-stdin", "helm install x --set auth.password={p},a=b",
    'ConvertTo-SecureString "{p}" -AsPlainText -Force', "vault login {r}", "let password: &str = \"{p}\";", "| api_key | {r} |",
)  # fmt: skip
_TOKENS = (
    "ghp_{36}", "sk-ant-api03-{93}", "sk-proj-{60}", "glpat-{20}", "npm_{36}", "AIza{35}", "sk_live_{24}", "xai-{80}", "gsk_{52}",
    "tvly-{32}", "lin_api_{40}", "hvs.{90}", "GOCSPX-{28}", "figd_{40}", "SG.{22}.{43}", "eyJhbGciOiJIUzI1NiJ9.eyJ{40}.{43}",
    "pypi-AgEIcHlwaS5vcmc{100}",
)  # fmt: skip


def _canary(rng: random.Random) -> tuple[str, str]:
    if rng.random() < 0.4:
        token = re.sub(r"\{(\d+)\}", lambda size: _random(rng, int(size[1])), rng.choice(_TOKENS))
        return token, f"token {token}"
    parts = {"p": _random(rng, 6) + "!7k", "r": _random(rng, rng.choice((24, 32, 40))), "h": _random(rng, 40, HEX)}
    text = rng.choice(_NAMED)
    return parts[text[text.index("{") + 1]], text.format(**parts)


def _random(rng: random.Random, size: int, alphabet: str = ALNUM) -> str:
    return "".join(rng.choices(alphabet, k=size - 2)) + "7x"[: size if alphabet == ALNUM else 1]


def _nested(rng: random.Random, text: str) -> str:
    for _ in range(rng.randrange(5)):
        text = json.dumps({"tool": "x", "out": [text, 1]} if rng.random() < 0.5 else {"result": text, "ok": True})
    return text


def clean_code(show: bool) -> bool:
    """False replacements by the recognisers of secrets alone, and their speed."""
    texts = [(file.name, file.text) for file in standard_library()]
    begun = time.process_time()
    spans = [_detector.find(Text(text)) for _, text in texts]
    seconds = time.process_time() - begun
    size, count = sum(len(text) for _, text in texts), sum(map(len, spans))
    rate = 100_000 * count / size
    speed = size / 1e6 / seconds
    print(f"{'false replacements, standard library':56} {count} in {size / 1e6:.1f} MB: {rate:.2f} per 100 KB, {speed:.0f} MB/s")
    for (name, text), one_file in zip(texts, spans, strict=True) if show else ():
        for span in one_file:
            print("   ", name, span.recogniser, repr(text[span.start : span.end][:80]))
    return rate <= 0.2


def _presidio(texts: list[str]) -> list[bool] | None:
    return [bool(presidio.find(text)) for text in texts]


def _detect_secrets(texts: list[str]) -> list[bool] | None:
    scan = detect_secrets.scan([(f"{number}.txt", text) for number, text in enumerate(texts)])
    if scan is None:
        print(f"  {detect_secrets.MISSING}")
        return None
    return [bool(hits) for hits in scan.found]


def _texts(archive: Path) -> Iterator[tuple[str, str]]:
    import tarfile

    with tarfile.open(archive) as opened:
        for member in opened:
            if member.isfile() and (stream := opened.extractfile(member)):
                yield member.name.removeprefix("./"), stream.read().decode("utf-8", errors="replace")


def _line(what: str, right: int, of: int) -> None:
    print(f"{what:56} {right} of {of}: {right / max(of, 1):.3f}")


def main() -> int:
    """Measure and print; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--peers", type=int, default=1)
    given = parser.parse_args()
    steps: list[Callable[[], Any]] = [canaries, lambda: clean_code(given.show)]
    folder = labelled.folder()
    if folder is None:
        print(labelled.LEFT_OUT)
    else:
        steps += [lambda: examples(folder, bool(given.peers), given.show), lambda: lines_at_risk(folder, bool(given.peers), given.show)]
    reached = [bool(step()) for step in steps]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
