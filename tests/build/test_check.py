"""A dataset in which an independent reader finds anything private is not published, and settings that are private are not shown."""

import re
from pathlib import Path

import orjson
import pytest

from agentlog.build.plan import _without_private, make_plan
from agentlog.build.run import build_dataset
from agentlog.dataset.reader import list_datasets
from agentlog.errors import BuildRefusedError
from agentlog.privacy.settings import names_note
from agentlog.project import load_project
from tests.make import distinct_lines, write_log


def test_what_scrubbing_does_not_reach_is_found_in_the_final_bytes_and_nothing_is_published(tmp_path: Path) -> None:
    lines = distinct_lines(60)
    # Ids are no text that is scrubbed: somebody who logs addresses as ids must hear of it.
    write_log(tmp_path, [{**line, "id": f"ana.ruiz.{number}@corp.io"} if number % 2 else line for number, line in enumerate(lines)])
    with pytest.raises(BuildRefusedError, match=r"nothing was published.*EMAIL_ADDRESS") as refused:
        build_dataset("coder", data=tmp_path)
    assert "ana.ruiz" not in str(refused.value)
    assert list_datasets(tmp_path, "coder") == []
    assert not [file for file in (tmp_path / "datasets").rglob("*") if file.is_file()]


def test_what_is_replaced_is_told_beside_the_dataset_and_its_totals_in_the_manifest(tmp_path: Path) -> None:
    lines = distinct_lines(60)
    lines[3]["messages"][-1]["content"] += " and mail ana.ruiz@corp.io"
    write_log(tmp_path, lines)
    result = build_dataset("coder", data=tmp_path)
    rows = [orjson.loads(row) for row in (result.folder / "replacements.jsonl").read_bytes().splitlines()]
    assert [row["entity"] for row in rows].count("EMAIL_ADDRESS") == result.manifest.privacy["replaced"]["EMAIL_ADDRESS"] == 1
    assert "were not looked for in free text" in result.manifest.privacy["names"]
    assert "replacements.jsonl" in result.manifest.files


def test_the_people_and_the_deny_list_are_in_no_file_of_the_dataset(tmp_path: Path) -> None:
    (tmp_path / "agentlog.yaml").write_text("data: .\nscrub: {people: [Ana Ruiz], deny: [Project Heron], allow: [kept@corp.io]}\n")
    lines = distinct_lines(60)
    lines[5]["messages"][-1]["content"] += " for Ana Ruiz on Project Heron, kept@corp.io"
    write_log(tmp_path, lines)
    result = build_dataset("coder", project=load_project(tmp_path))
    everything = b"".join(file.read_bytes() for file in result.folder.iterdir())
    assert b"Ruiz" not in everything
    assert b"Heron" not in everything
    assert b"kept@corp.io" in everything


def test_a_manifest_shows_neither_patterns_nor_the_folders_of_a_model_and_its_digests_cannot_be_guessed() -> None:
    private = {"people": ["Ana Ruiz"], "patterns": [{"name": "a", "entity": "A", "pattern": "HERON"}], "deny": ["Heron"]}
    shown = _without_private({**private, "key": "k" * 32, "ner": "gliner:/home/ana/models/names", "allow": ["kept"]})
    assert shown["ner"] == "gliner:names"
    assert shown["allow"] == ["kept"]
    assert not {"Ana", "HERON", "Heron", "/home"} & set(re.findall(r"\w+|/home", str(shown)))
    assert shown["people"] != _without_private({**private, "key": "another"})["people"]
    assert "/home" not in names_note("spacy:/home/ana/models/names")
    assert "en_core_web_lg" in names_note("spacy:en_core_web_lg")


def test_another_code_of_a_recogniser_is_another_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    module = tmp_path / "own_recogniser_of_this_test.py"
    (tmp_path / "agentlog.yaml").write_text(f"data: .\nscrub: {{recognisers: ['{module.stem}:Heron']}}\n")
    digests = []
    for word in ("Heron", "Egret"):
        module.write_text(f"class Heron:\n    name = 'heron'\n    def find(self, text):\n        return []  # {word}\n")
        digests.append(make_plan(load_project(tmp_path), "coder", seed=0, key="k" * 64).digest)
    assert digests[0] != digests[1]
