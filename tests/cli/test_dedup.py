"""``agentlog dedup`` prints the lines that repeat nothing, byte for byte, and can remember them."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

from tests.cli.conftest import Cli

TEXT = " ".join(f"word{number}" for number in range(60))
OTHER = " ".join(f"other{number}" for number in range(60))


def write(folder: Path, name: str, texts: Sequence[str]) -> Path:
    file = folder / name
    file.write_text("".join(json.dumps({"q": text}) + "\n" for text in texts))
    return file


def counts_of(told: str) -> dict[str, int]:
    said: dict[str, int] = json.loads(told)
    return said


def test_of_each_cluster_the_first_line_stays_byte_for_byte(cli: Cli, tmp_path: Path) -> None:
    lines = [f'{{"q" : "{TEXT}", "n": 1.0}}\n', f'{{"q":"{OTHER} é"}}\n', f'{{ "q":"{TEXT} more"}}\n', f'{{"q":"{OTHER} \\u00e9","x":[]}}']
    (tmp_path / "in.jsonl").write_text("".join(lines), encoding="utf-8")
    done = cli("dedup", "in.jsonl", "--field", "q", "--clusters", "clusters.jsonl")
    assert done.returncode == 0, done.stderr
    assert done.stdout == lines[0] + lines[1]
    assert "4 texts, 2 kept, 2 near-duplicates in 2 clusters, 0 lines set aside" in done.stderr
    clusters = [json.loads(line) for line in (tmp_path / "clusters.jsonl").read_text().splitlines()]
    assert [one["cluster"] for one in clusters] == [1, 2, 1, 2]
    assert clusters[0]["similarity"] == clusters[3]["similarity"] == 1.0 > clusters[2]["similarity"] >= 0.8


def test_dots_lead_into_objects_and_lines_without_the_text_are_set_aside(cli: Cli, tmp_path: Path) -> None:
    lines = ['{"a":{"b":"one two"}}', '{"a.b":"one two"}', '{"a":"b"}', "no json", "", '{"a":{"b":7}}', "[]"]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    done = cli("dedup", "in.jsonl", "--field", "a.b", "--json", "-o", "out.jsonl")
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "out.jsonl").read_text() == lines[0] + "\n"
    assert counts_of(done.stderr) == {"texts": 2, "kept": 1, "near_duplicates": 1, "near_indexed": 0, "clusters": 1, "set_aside": 4}


def test_a_compressed_file_is_read(cli: Cli, tmp_path: Path) -> None:
    with gzip.open(tmp_path / "in.jsonl.gz", "wt") as file:
        file.write('{"q":"x"}\n{"q":"x"}\n')
    assert cli("dedup", "in.jsonl.gz", "--field", "q").stdout == '{"q":"x"}\n'


def test_threshold_and_ngram_decide_what_is_near(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path, "in.jsonl", [TEXT, TEXT.replace("word30", "new")])
    assert len(cli("dedup", "in.jsonl", "--field", "q", "--threshold", "0.9").stdout.splitlines()) == 2
    assert len(cli("dedup", "in.jsonl", "--field", "q", "--threshold", "0.9", "--ngram", "1").stdout.splitlines()) == 1


def test_an_index_remembers_what_was_kept(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path, "one.jsonl", [TEXT, TEXT + " more"])
    write(tmp_path, "two.jsonl", [OTHER, TEXT + " again", OTHER])
    first = cli("dedup", "one.jsonl", "--field", "q", "--index", "known", "--json")
    assert counts_of(first.stderr)["kept"] == 1, first.stderr
    second = cli("dedup", "two.jsonl", "--field", "q", "--index", "known", "--clusters", "c.jsonl")
    assert second.stdout == json.dumps({"q": OTHER}) + "\n"
    assert "3 texts, 1 kept, 1 near-duplicates in 1 clusters, 1 near to what the index knows, 0 lines set aside" in second.stderr
    clusters = [json.loads(line) for line in (tmp_path / "c.jsonl").read_text().splitlines()]
    assert clusters[1]["indexed"] == "one.jsonl:1"
    assert clusters[1]["cluster"] is None
    again = cli("dedup", "two.jsonl", "--field", "q", "--index", "known", "--json")
    assert (again.returncode, again.stdout) == (0, "")
    assert counts_of(again.stderr)["near_indexed"] == 3
    assert b"word" not in b"".join(file.read_bytes() for file in (tmp_path / "known").iterdir()), "an index holds no text"


def test_an_index_made_in_another_way_is_refused_in_one_line(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path, "in.jsonl", [TEXT])
    assert cli("dedup", "in.jsonl", "--field", "q", "--index", "known").returncode == 0
    done = cli("dedup", "in.jsonl", "--field", "q", "--index", "known", "--threshold", "0.9")
    assert (done.returncode, done.stdout) == (1, "")
    assert "known was made with threshold 0.8, not 0.9" in done.stderr
    named = json.loads((tmp_path / "known" / "index.json").read_text())
    (tmp_path / "known" / "index.json").write_text(json.dumps({**named, "scheme": "legacy"}))
    assert "scheme legacy, not affine32" in cli("dedup", "in.jsonl", "--field", "q", "--index", "known").stderr
    (tmp_path / "known" / "index.json").write_text("{")
    assert "cannot be read" in cli("dedup", "in.jsonl", "--field", "q", "--index", "known").stderr


def test_what_a_run_left_half_done_does_not_count(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path, "in.jsonl", [TEXT])
    (tmp_path / "known").mkdir()
    (tmp_path / "known" / "part-00001.npz").write_bytes(b"torn")
    done = cli("dedup", "in.jsonl", "--field", "q", "--index", "known")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1), done.stderr
    assert cli("dedup", "in.jsonl", "--field", "q", "--index", "known").stdout == ""


def test_what_cannot_be_done_is_said_in_one_line_and_nothing_is_overwritten(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path, "in.jsonl", [TEXT])
    for words, said in (
        (("nowhere.jsonl", "--field", "q"), "nowhere.jsonl cannot be read"),
        (("in.jsonl", "--field", "z"), "no line is a JSON object with a text in field 'z'; `jq -c '.[]'` makes lines of a JSON list"),
        (("in.jsonl", "--field", "q", "--threshold", "0"), "threshold must be in (0, 1]"),
        (("in.jsonl", "--field", "q", "--ngram", "0"), "ngram at least 1"),
        (("in.jsonl", "--field", "q", "-o", "in.jsonl"), "is there already and is not overwritten"),
        (("in.jsonl", "--field", "q", "--index", "."), "is no index of near-duplicates"),
    ):
        done = cli("dedup", *words)
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
