"""A list of people is read from whatever a team keeps it in, and one that names nobody is refused."""

from pathlib import Path

import pytest

from agentlog.build.people_file import read_people_file
from agentlog.errors import SettingError
from agentlog.privacy.people import known_texts, read_people

LISTS = {
    "comma.csv": "name,email\nAna Ruiz,ana@corp.io\n",
    "semicolon.csv": "\ufeffname;email\r\nAna Ruiz;ana@corp.io\r\n",
    "tab.csv": "name\temail\nAna Ruiz\tana@corp.io\n",
    "bar.csv": "name|email\nAna Ruiz|ana@corp.io\n",
    "quoted.csv": '"name","email"\n"Ruiz, Ana","ana@corp.io"\n',
    "one_column.csv": "name\nAna Ruiz\n",
    "ragged.csv": "name,email\nAna Ruiz,ana@corp.io,more\nBo\n",
    "table.tsv": "name\temail\nAna Ruiz\tana@corp.io\n",
    "list.json": '[{"name": "Ana Ruiz"}]',
    "text.json": '"Ana Ruiz"',
    "by_id.json": '{"ana_1": {"name": "Ana Ruiz"}}',
    "one.yaml": "name: Ana Ruiz\n",
    "list.yml": "- Ana Ruiz\n",
    "lines.jsonl": '{"name": "Ana Ruiz"}\n\n"Bo Linden"\n',
    "names.txt": "# the team\n\nAna Ruiz\n",
}


@pytest.mark.parametrize("name", LISTS)
def test_people_are_known_from_any_usual_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(LISTS[name], encoding="utf-8", newline="")
    assert "Ana Ruiz" in known_texts(read_people(read_people_file(tmp_path / name)))


WRONG = {
    "empty.csv": "",
    "head_only.csv": "name,email\n",
    "no_head.csv": "Ana Ruiz,ana\nBo Linden,bo\n",
    "null.json": "null",
    "number.yaml": "5",
    "numbers.json": "[1, 2]",
    "torn.json": '[{"name": "Ana Ruiz"',
    "torn.yaml": "[Ana Ruiz",
    "torn.jsonl": '"Ana Ruiz"\n{"name": "Ana',
    "empty.txt": "# nobody\n",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_names_nobody_or_cannot_be_read_is_one_line_that_quotes_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(WRONG[name])
    with pytest.raises(SettingError, match=name) as refused:
        read_people_file(tmp_path / name)
    assert "Ana" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_or_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes("name\nJosé".encode("latin-1"))
    for name in ("people.csv", "nosuch.csv", "."):
        with pytest.raises(SettingError, match="cannot be read"):
            read_people_file(tmp_path / name)
