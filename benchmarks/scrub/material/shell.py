"""Output of the shell as agents see it all day: pip, pytest, git, ls, docker, npm, ps, apt, make, cargo; made at run time in their formats.

Nothing in it is of a person: users are ``root`` and ``runner``, authors are left out, addresses are of private networks.
"""

import random
from collections.abc import Callable, Iterator

from benchmarks.scrub.material.code import File

_WORDS = ("core", "token", "auth", "name", "user", "address", "parser", "model", "cards", "phone", "session", "email", "zip", "ssn")
_EACH = 12


def shell_output() -> Iterator[File]:
    """A dozen outputs of each command."""
    rng = random.Random(0)
    for command, form in _FORMS.items():
        for number in range(_EACH):
            yield File(f"{command} {number}", form(rng))


def _lines(rng: random.Random, form: Callable[[random.Random], str], most: int = 40) -> str:
    return "\n".join(form(rng) for _ in range(rng.randrange(10, most))) + "\n"


def _hex(rng: random.Random, digits: int) -> str:
    return f"{rng.getrandbits(4 * digits):0{digits}x}"


def _word(rng: random.Random) -> str:
    return "_".join(rng.sample(_WORDS, rng.randrange(1, 3)))


def _version(rng: random.Random) -> str:
    return f"{rng.randrange(30)}.{rng.randrange(30)}.{rng.randrange(99)}"


def _stamp(rng: random.Random) -> str:
    day = f"2026-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
    return f"{day} {rng.randrange(24):02d}:{rng.randrange(60):02d}:{rng.randrange(60):02d}"


def _pip(rng: random.Random) -> str:
    def one(rng: random.Random) -> str:
        name, version, size = _word(rng).replace("_", "-"), _version(rng), rng.uniform(1, 900)
        return (
            f"Collecting {name}=={version}\n  Downloading {name}-{version}-py3-none-any.whl.metadata ({size / 10:.1f} kB)\n"
            f"     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ {size:.1f}/{size:.1f} kB {size / 7:.1f} MB/s eta 0:00:00"
        )

    return _lines(rng, one) + f"Successfully installed {_word(rng)}-{_version(rng)} {_word(rng)}-{_version(rng)}\n"


def _pytest(rng: random.Random) -> str:
    def one(rng: random.Random) -> str:
        word = _word(rng)
        return (
            f"tests/test_{word}.py::Test{word.title()}::test_{_word(rng)}[{rng.randrange(99)}-{_hex(rng, 8)}] "
            f"{rng.choice(('PASSED', 'FAILED', 'SKIPPED'))} [{rng.randrange(101):3d}%]\n"
            f"E       AssertionError: assert {rng.random()} == {rng.random()}\nE        +  where 0x{_hex(rng, 12)} = id(<{word}.Thing>)"
        )

    return "============================= test session starts ==============================\n" + _lines(rng, one)


def _git_log(rng: random.Random) -> str:
    def one(rng: random.Random) -> str:
        return (
            f"* {_hex(rng, 7)} - ({rng.randrange(60)} minutes ago) {_word(rng)}: keep {_word(rng)} (#{rng.randrange(9999)})\n"
            f"commit {_hex(rng, 40)}\nMerge: {_hex(rng, 10)} {_hex(rng, 10)}\nDate:   Tue Nov 17 {rng.randrange(24):02d}:12:45 2026 +0100\n"
            f" src/{_word(rng)}.py | {rng.randrange(400):3d} {'+' * rng.randrange(9)}{'-' * rng.randrange(9)}"
        )

    return _lines(rng, one)


def _ls(rng: random.Random) -> str:
    def one(rng: random.Random) -> str:
        return f"-rw-r--r--  1 root root {rng.randrange(10**8):9d} Nov {rng.randrange(1, 29):2d} {rng.randrange(24):02d}:33 {_word(rng)}.py"

    return f"total {rng.randrange(10**5)}\n" + _lines(rng, one)


def _docker(rng: random.Random) -> str:
    def one(rng: random.Random) -> str:
        return (
            f'{_hex(rng, 12)}   {_word(rng)}:{_version(rng)}   "docker-entrypoint.s…"   {rng.randrange(60)} hours ago   Up 2 days   '
            f"0.0.0.0:{rng.randrange(1024, 65535)}->{rng.randrange(1024, 9999)}/tcp   {_word(rng)}-1\n"
            f"#{rng.randrange(30)} sha256:{_hex(rng, 64)} {rng.uniform(0, 90):.2f}MB / {rng.uniform(0, 90):.2f}MB 1.2s done"
        )

    return "CONTAINER ID   IMAGE   COMMAND   CREATED   STATUS   PORTS   NAMES\n" + _lines(rng, one)


def _npm(rng: random.Random) -> str:
    def one(rng: random.Random) -> str:
        return (
            f"npm warn deprecated {_word(rng)}@{_version(rng)}: no longer supported, use @scope/{_word(rng)}@{_version(rng)}\n"
            f"├── @types/{_word(rng)}@{_version(rng)}\n└─┬ {_word(rng)}@npm:{_word(rng)}@{_version(rng)}"
        )

    return _lines(rng, one) + f"added {rng.randrange(2000)} packages, and audited {rng.randrange(2000)} packages in {rng.randrange(60)}s\n"


def _processes(rng: random.Random) -> str:
    def one(rng: random.Random) -> str:
        share, size, resident = rng.uniform(0, 99), rng.randrange(10**7), rng.randrange(10**6)
        command = f"/usr/bin/{_word(rng)} --port={rng.randrange(9999)} --{_word(rng)}-file=/etc/x.conf"
        return (
            f"root {rng.randrange(10**6):8d}  {share:4.1f}  0.1 {size:8d} {resident:6d} ?  Ssl  10:{rng.randrange(60):02d}   0:07 {command}"
        )

    return "USER         PID %CPU %MEM    VSZ   RSS TTY STAT START   TIME COMMAND\n" + _lines(rng, one)


def _log(rng: random.Random) -> str:
    def one(rng: random.Random) -> str:
        span = f"{_hex(rng, 8)}-{_hex(rng, 4)}-4{_hex(rng, 3)}-a{_hex(rng, 3)}-{_hex(rng, 12)}"
        peer = f"10.0.{rng.randrange(256)}.{rng.randrange(256)}:{rng.randrange(1024, 65535)}"
        return (
            f"{_stamp(rng)},{rng.randrange(1000):03d} INFO [worker-{rng.randrange(64)}] app.{_word(rng)}: request_id={_hex(rng, 32)} "
            f"trace={span} took {rng.uniform(0, 9000):.3f} ms tokens={rng.randrange(9000)} from {peer} "
            f"ts={rng.randrange(17 * 10**17, 18 * 10**17)}"
        )

    return _lines(rng, one)


def _cargo(rng: random.Random) -> str:
    def one(rng: random.Random) -> str:
        word, line = _word(rng), rng.randrange(999)
        return (
            f"   Compiling {word} v{_version(rng)}\nerror[E0{rng.randrange(100, 700)}]: mismatched types\n"
            f"  --> src/{word}.rs:{line}:{rng.randrange(99)}\n   |\n"
            f"{line} |     let {word}: std::vec::Vec<u8> = crate::{word}::add::<i32>(x[::2], a::b::c);\n   |              ^^^ expected `u8`"
        )

    return _lines(rng, one)


def _numbers(rng: random.Random) -> str:
    def one(rng: random.Random) -> str:
        return "  ".join(f"{rng.uniform(-1, 1) * 10 ** rng.randrange(-3, 9):.6g}" for _ in range(8)) + f"  {rng.randrange(10**12)}"

    return "      mean       std       min       25%       50%       75%       max   loss   step\n" + _lines(rng, one)


def _hexadecimal_dump(rng: random.Random) -> str:
    def one(rng: random.Random) -> str:
        left, right = (" ".join(_hex(rng, 2) for _ in range(8)) for _ in range(2))
        return f"{rng.randrange(10**6):08x}  {left}  {right}  |{'.' * 16}|"

    return _lines(rng, one)


_FORMS: dict[str, Callable[[random.Random], str]] = {
    "pip install": _pip,
    "pytest -v": _pytest,
    "git log": _git_log,
    "ls -l": _ls,
    "docker ps": _docker,
    "npm install": _npm,
    "ps aux": _processes,
    "log file": _log,
    "cargo build": _cargo,
    "table of numbers": _numbers,
    "hexdump -C": _hexadecimal_dump,
}
