"""`agentlog scrub` cleans files and streams, says what it did, and overwrites nothing."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

Done = subprocess.CompletedProcess[str]


def scrub(*words: str, cwd: Path, stdin: str | None = None) -> Done:
    command = [sys.executable, "-m", "agentlog.cli.main", "scrub", *words]
    return subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, check=False)


def lines_of(rows: list[object]) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def test_a_stream_is_cleaned_and_it_is_said_plainly_that_names_were_not_looked_for(tmp_path: Path) -> None:
    done = scrub("-", cwd=tmp_path, stdin="mail ana.ruiz@corp.io\nnow")
    assert done.returncode == 0, done.stderr
    assert "ana.ruiz" not in done.stdout
    assert done.stdout.endswith("\nnow")
    assert "EMAIL_ADDRESS 1" in done.stderr
    assert "were not looked for in free text" in done.stderr


def test_findings_say_what_where_and_who_and_never_the_value(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("first line\nmail ana.ruiz@corp.io\n")
    done = scrub("in.txt", "--findings", "found.jsonl", "--output", "out.txt", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    [found] = map(orjson.loads, (tmp_path / "found.jsonl").read_bytes().splitlines())
    assert (found["line"], found["entity"], found["place"], found["start"], found["end"]) == (2, "EMAIL_ADDRESS", ".", 16, 32)
    assert found["recogniser"]
    assert 0 < found["score"] <= 1
    assert "ana.ruiz" not in (tmp_path / "found.jsonl").read_text() + (tmp_path / "out.txt").read_text()


def test_lines_stay_lines_bad_ones_are_set_aside_and_counts_can_be_had_as_json(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(lines_of([{"n": 1, "to": "ana.ruiz@corp.io"}]) + b"not json\n" + lines_of([{"n": 2}]))
    done = scrub("in.jsonl", "--jsonl", "--json", cwd=tmp_path)
    assert [orjson.loads(line)["n"] for line in done.stdout.splitlines()] == [1, 2]
    said = orjson.loads(done.stderr)
    assert said["replaced"] == {"EMAIL_ADDRESS": 1}
    assert [bad["line"] for bad in said["set_aside"]] == [2]


def test_inputs_share_stand_ins_only_if_they_share_a_scope(tmp_path: Path) -> None:
    texts = ["to ana.ruiz@corp.io", "from ana.ruiz@corp.io"]
    apart = [scrub("-", cwd=tmp_path, stdin=text).stdout.split()[1] for text in texts]
    linked = [scrub("-", "--scope", "both", cwd=tmp_path, stdin=text).stdout.split()[1] for text in texts]
    assert apart[0] != apart[1]
    assert linked[0] == linked[1]


def test_listed_people_go_whatever_the_list_looks_like(tmp_path: Path) -> None:
    (tmp_path / "people.json").write_bytes(orjson.dumps({"ana_ruiz_7": {"name": {"first_name": "Ana", "last_name": "Ruiz"}}}))
    (tmp_path / "people.txt").write_text("Bo Linden\n")
    (tmp_path / "agentlog.yaml").write_text("scrub: {people: people.txt}\n")
    done = scrub("-", "--people", "people.json", cwd=tmp_path, stdin="Ana Ruiz met Bo Linden (ana_ruiz_7)")
    assert not {"Ana", "Ruiz", "Linden"} & set(done.stdout.replace("(", " ").split())
    assert "ana_ruiz_7" not in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("missing.txt",), "missing.txt cannot be read: No such file or directory"),
        (("in.txt", "--output", "in.txt"), "in.txt is there already and is not overwritten"),
        (("in.txt", "--findings", "nowhere/f.jsonl"), "there is no folder"),
        (("latin.txt",), "latin.txt is not UTF-8 text"),
        (("in.txt", "--people", "bad.json"), "people file bad.json cannot be read"),
        (("in.txt", "--ner", "spacy:no_such_model"), "no_such_model"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    (tmp_path / "in.txt").write_text("hello")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    (tmp_path / "bad.json").write_text("{")
    done = scrub(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert said in line


def test_no_deep_learning_package_is_loaded_where_no_model_is_asked_for(tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "agentlog.cli.main", "scrub", "-"]
    text = "IBAN DE89370400440532013000"
    done = subprocess.run(command, cwd=tmp_path, input=text, capture_output=True, text=True, check=True)
    assert "DE89" not in done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert any(name.startswith("presidio_analyzer") for name in imported)
    # Python tells of the attempt to import what is kept out as well, but then of no part of it.
    assert not [name for name in imported if name.startswith(("torch.", "transformers."))]
