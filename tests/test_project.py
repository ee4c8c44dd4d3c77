"""agentlog.yaml is found, read once, and never half-understood."""

from pathlib import Path

import pytest

from agentlog.errors import SettingError
from agentlog.project import TEMPLATE, load_project


def test_a_folder_without_a_file_has_its_data_beside_it(tmp_path: Path) -> None:
    project = load_project(tmp_path)
    assert project.data == tmp_path / "agentlog-data"
    assert project.role("coder").deployed_model is None


def test_the_file_is_found_from_a_folder_below_and_its_paths_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "agentlog.yaml").write_text("data: logs\nroles: {coder: {deployed_model: a/b}}\n")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    project = load_project(tmp_path / "deep" / "er")
    assert project.data == tmp_path / "logs"
    assert project.role("coder").deployed_model == "a/b"


def test_an_option_outranks_the_environment_and_that_outranks_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "agentlog.yaml").write_text("data: logs\n")
    monkeypatch.setenv("AGENTLOG_DIR", str(tmp_path / "env"))
    assert load_project(tmp_path).data == tmp_path / "env"
    assert load_project(tmp_path, data=tmp_path / "option").data == tmp_path / "option"


def test_the_template_is_a_project(tmp_path: Path) -> None:
    (tmp_path / "agentlog.yaml").write_text(TEMPLATE.format(role="coder"))
    assert set(load_project(tmp_path).roles) == {"coder"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("roles: {coder: {deployed: x}}", "roles.coder.deployed: Extra inputs"),
        ("build: {split: {train: 0.5, val: 0.1, test: 0.1}}", "must be 1"),
        ("build: {near_duplicates: {threshold: 2}}", "build.near_duplicates.threshold"),
        ("- a", "must be a mapping"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_wrong_setting_is_one_line_with_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "agentlog.yaml").write_text(text)
    with pytest.raises(SettingError) as caught:
        load_project(tmp_path)
    assert said in str(caught.value)
    assert "agentlog.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)
