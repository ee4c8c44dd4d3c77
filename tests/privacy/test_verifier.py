"""What is private in finished bytes is found wherever it lies, and what is clean gives no alarm."""

import base64
import gzip
import json
import random
import string
import sysconfig
import tracemalloc
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.privacy.verifier import MOST_LEAKS, Leak, unescaped, verify_files

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
ALPHANUMERIC = string.ascii_letters + string.digits


def random_text(length: int, alphabet: str = ALPHANUMERIC, seed: int = 7) -> str:
    """Token-like text made at run time, so that none stands in a source file."""
    return "".join(random.Random(f"{seed} {length} {alphabet}").choices(alphabet, k=length))


def json_web_token() -> str:
    head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "HS256"}, {"sub": "m7"}))
    return f"{head}.{body}00.{random_text(43)}"


def key_block() -> str:
    body = "\n".join(random_text(64, ALPHANUMERIC + "+/", seed) for seed in range(4))
    return f"-----BEGIN RSA {'PRIVATE KEY'}-----\n{body}\n-----END RSA {'PRIVATE KEY'}-----"


def with_check_digit(digits: str) -> str:
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[::-2])
    return digits + str(-(doubled + sum(map(int, digits[-2::-2]))) % 10)


def card(prefix: str = "4", length: int = 16) -> str:
    return with_check_digit(prefix + random_text(length - 1 - len(prefix), string.digits))


def grouped(digits: str, by: str = " ") -> str:
    return by.join(digits[start : start + 4] for start in range(0, len(digits), 4))


def iban(country: str = "DE", length: int = 22) -> str:
    account = random_text(length - 4, string.digits)
    number = int("".join(str(int(char, 36)) for char in account + country + "00"))
    return f"{country}{98 - number % 97:02d}{account}"


SECRET = "kV9" + random_text(14)
TOKENS = [
    "sk-ant-api03-" + random_text(90),
    "sk-proj-" + random_text(60),
    "ghp_" + random_text(36),
    "github_pat_" + random_text(22) + "_" + random_text(59),
    "glpat-" + random_text(20),
    "AKIA7" + random_text(15, string.ascii_uppercase + string.digits),
    "AIza" + random_text(35),
    "GOCSPX-" + random_text(28),
    "xoxb-" + random_text(12, string.digits) + "-" + random_text(24),
    "sk_live_" + random_text(24),
    "npm_" + random_text(36),
    "pypi-AgEI" + random_text(80),
    "hf_" + random_text(34, string.ascii_letters),
    "SG." + random_text(22) + "." + random_text(43),
    "dop_v1_" + random_text(64, "0123456789abcdef"),
    "shpat_" + random_text(32, "0123456789abcdef"),
    "dckr_pat_" + random_text(27),
    "lin_api_" + random_text(40),
    "AGE-SECRET-KEY-1" + random_text(58, string.ascii_uppercase + string.digits),
    "https://hooks.slack.com/services/T02AB3CD4/B05EF6GH7/" + random_text(24),
]
PLANTED: list[tuple[str, str]] = [
    ("EMAIL_ADDRESS", "ana.ruiz@corp.io"),
    ("EMAIL_ADDRESS", "Ana.Ruiz+news@mail.team-nine.co.uk"),
    ("EMAIL_ADDRESS", "ops@build.internal"),
    ("EMAIL_ADDRESS", "ana.ruiz4067@example.com"),
    ("EMAIL_ADDRESS", "?to=ana.ruiz%40corp.io&x=1"),
    *(("SECRET", token) for token in TOKENS),
    ("SECRET", json_web_token()),
    ("SECRET", key_block()),
    ("SECRET", f"postgres://app:{SECRET}@db.corp.io:5432/main"),
    ("SECRET", f'{{"user": "x", "password": "{SECRET}"}}'),
    ("SECRET", f"{{'api_key': '{SECRET}'}}"),
    ("SECRET", f'{{"Authorization": "Bearer {SECRET}{SECRET}"}}'),
    ("CREDIT_CARD", grouped(card())),
    ("CREDIT_CARD", grouped(card("55"), "-")),
    ("CREDIT_CARD", "card number " + card("6011")),
    ("US_SSN", "536-22-8719"),
    ("IBAN_CODE", iban()),
    ("IBAN_CODE", grouped(iban("FR", 27))),
    ("KNOWN", "Zelma Quandt"),
    ("KNOWN", "José \"Pepe\" Núñez"),
    ("KNOWN", "12 Elm Row\nFlat 3"),
]  # fmt: skip
KNOWN = ("Zelma Quandt", 'José "Pepe" Núñez', "12 Elm Row\nFlat 3")

CLEAN = [
    "user-0a1b2c3d@example.com, root@host.test, git@github.com:team/repo.git, noreply@corp.io, foo@example.org",
    "@app.route('/x') a @ b q@k.transpose(-1) x@self.weight name@2x.png react@18.2.0 user@host:~/src$ me@laptop.local:/srv",
    "ghp_ AKIA sk-ant- hf_transfer npm_config_registry sk-learn xoxb- AIza SG.x eyJhbGciOi eyJ.eyJ.x -----BEGIN PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----",
    "https://user:password@host/x http://{user}:{password}@{host} https://$USER:$PASS@x.io ssh://git@github.com:22/x",
    '{"password": "string", "api_key": "<your-api-key-1>", "authorization": "Bearer ${TOKEN_1}", "private_key": "/etc/ssl/key1.pem"}',
    '{"password": null, "access_token": "OPENAI_API_KEY_2", "api_key": "os.environ[1]", "client_secret": "changeme123", "passwd": ""}',
    "9999 1234 5678 9012 and 0000-1111-2222-3333, 1700000000000000000, 4111111111111112, " + card(),
    "000-12-3456, 666-12-3456, 123-45-6789, 2024-05-2020, 1-536-22-8719, 536-22-8719-1",
    "DE00123456781234567890, AB12 3456 7890 1234 5678, " + iban()[:-1] + "Z",
    "Zelma Quandts, Zelma-Quandt, Quandt",
]  # fmt: skip


def nested(text: str, depth: int, ascii_only: bool) -> str:
    for _ in range(depth):
        text = json.dumps({"out": [text]}, ensure_ascii=ascii_only)
    return text


def found(text: str, **known: object) -> list[Leak]:
    return verify_files({"file": text.encode()}, **known)  # type: ignore[arg-type]


AROUND = [("", ""), ("see ", "."), ("line\n", "\nline"), ('"', '"'), ("\t(", ")")]
FILES: dict[str, Callable[[str], str]] = {
    "rows": lambda text: "\n".join(json.dumps({"messages": [{"role": "user", "content": part}]}) for part in ("well", text, "done")) + "\n",
    "pretty": lambda text: json.dumps({"a": "b", "content": text}, indent=2),
    "page": lambda text: f"# Card\n\nSome words, then {json.dumps(text)[1:-1]}\n\nand more.",
    "table": lambda text: "name,value\nx," + json.dumps(text) + "\n",
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(("entity", "planted"), PLANTED, ids=[f"{entity}-{number}" for number, (entity, _) in enumerate(PLANTED)])
def test_what_was_planted_is_found_in_every_file_and_at_every_depth(entity: str, planted: str, kind: str) -> None:
    for around, depth, ascii_only in product(AROUND, range(4), (True, False)):
        leaks = found(FILES[kind](nested(planted.join(around), depth, ascii_only)), known=KNOWN)
        assert [leak.entity for leak in leaks] == [entity], (around, depth, ascii_only)


def test_an_alarm_says_where_and_why_and_never_what() -> None:
    files = {"a.jsonl": b'{"x": 1}\n{"x": "two"}\n{"x": "mail \\u0061na.ruiz@corp.io"}\n', "b.md": b"all is well", "c.md": b"536-22-8719"}
    assert verify_files(files) == [
        Leak("a.jsonl", 3, "EMAIL_ADDRESS", "an e-mail address"),
        Leak("c.md", 1, "US_SSN", "a social-security number"),
    ]


@pytest.mark.parametrize("text", CLEAN)
def test_what_is_harmless_or_a_stand_in_gives_no_alarm(text: str) -> None:
    for depth in range(3):
        assert found(nested(text, depth, True), known=["Zelma Quandt"]) == []


def test_tokens_that_are_marked_as_examples_give_no_alarm() -> None:
    for token in (*TOKENS, json_web_token()):
        assert found(token[:-9] + "EXAMPLE" + token[-2:]) == []
    lines = key_block().split("\n")
    assert found("\n".join([lines[0], "EXAMPLE" + lines[1][7:], *lines[2:]])) == []


def test_known_people_and_denied_texts_are_found_as_whole_words() -> None:
    text = '{"x": "Ana Ruiz\\nproject-falcon and /home/aruiz/"}'
    assert [leak.why for leak in found(text, people=["Ana Ruiz"], deny=["project-falcon"])] == ["a known person", "a denied text"]
    assert [leak.why for leak in found(text, people=["aruiz"])] == ["a known person"]
    assert found(text, people=["na Rui", "Ana Ruizn", "an"], deny=["falco", "project-falc"]) == []


def test_a_value_may_be_known_to_single_rows_only() -> None:
    rows = [{"messages": [{"content": "Zelma\nQuandt was here"}], "id": name} for name in ("r1", "r2", "r3")]
    text = "\n".join(map(json.dumps, rows))
    assert [leak.line for leak in found(text, known={"r1": ["Nobody"], "r2": ["Zelma\nQuandt"], "r4": ["Zelma\nQuandt"]})] == [2]
    assert [leak.line for leak in found(text, known={"r2": ["Zelma\nQuandt"]}, people=["Zelma\nQuandt"])] == [1, 2, 3]


def test_what_is_allowed_stays() -> None:
    text = "ana@corp.io bob@corp.io 536-22-8719 Ana Ruiz"
    assert [leak.entity for leak in found(text, allow=["*@corp.io", "Ana Ruiz"], people=["Ana Ruiz"])] == ["US_SSN"]


def test_files_are_read_from_disk(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("{}\n" * 200_000 + '{"x": "ana@corp.io"}\n')
    assert verify_files([tmp_path / "rows.jsonl"]) == [Leak("rows.jsonl", 200_001, "EMAIL_ADDRESS", "an e-mail address")]


def test_memory_is_bounded_by_the_longest_line(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes((json.dumps({"x": 'say "hi"\n' * 100}).encode() + b"\n") * 20_000)
    verify_files([])
    tracemalloc.start()
    assert verify_files([file]) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < file.stat().st_size / 2


@pytest.mark.parametrize("before", [0, 511_990, (1 << 24) - 4, (1 << 24) + (1 << 19) - 9])
def test_a_leak_across_the_edges_of_blocks_is_found(before: int) -> None:
    assert [leak.line for leak in found("\n" + "x" * before + " ana@corp.io " + "y" * 600_000)] == [2]


def test_after_very_many_leaks_it_stops() -> None:
    assert len(found("ana@corp.io\n" * 100_000)) == MOST_LEAKS


@given(st.text(st.characters(codec="utf-8"), max_size=200).filter(lambda text: "\\u" not in text), st.booleans())
@settings(max_examples=500)
def test_undoing_escapes_gives_the_text_back(text: str, ascii_only: bool) -> None:
    written = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
    expected = "".join(char if char >= " " else " " for char in text).encode()
    assert unescaped(("\\n" + written).encode()) == b" " + expected


@given(st.lists(st.sampled_from(["\\", '"', "\n", "x" * 600, "y", "\\u0041", "\\u"]), max_size=30))
def test_undoing_escapes_keeps_lines(parts: list[str]) -> None:
    view = "".join(parts).encode()
    assert unescaped(view).count(b"\n") == view.count(b"\n")


def test_the_standard_library_gives_no_alarm_but_for_the_mail_of_its_authors() -> None:
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    rows = "\n".join(json.dumps({"content": file.read_text("utf-8", "replace")}) for file in files)
    assert {leak.entity for leak in found(rows)} <= {"EMAIL_ADDRESS"}


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not beside the project")
def test_human_eval_gives_no_alarm() -> None:
    assert found(gzip.decompress((DATA / "sft" / "HumanEval.jsonl.gz").read_bytes()).decode()) == []


@pytest.mark.parametrize(
    "unit",
    ["@", "a@", "a.b.c.", "eyJ", "eyJaaaaaaaaaa.", "://a:", "password", '"password":"', "-----BEGIN ", "sk-ant-api03-", "4111 ", "DE89",
     "000-00-0000", "\\", '\\"', "\\u0040", "AKIA", "0", "A0", "Zelma "],
)  # fmt: skip
def test_odd_texts_are_looked_through_to_the_end(unit: str) -> None:
    leaks = found("\n" + unit * (200_000 // len(unit)) + "\n 536-22-8719", known=["Zelma Quandt", "Zelma", "Zelma Zelma"])
    assert Leak("file", 3, "US_SSN", "a social-security number") in leaks
