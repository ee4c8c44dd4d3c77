"""agentlog.yaml is found, read once, and never half-understood."""

from pathlib import Path
from typing import get_args

import pytest

from agentlog.errors import SettingError
from agentlog.privacy.patterns import recognisers
from agentlog.project import TEMPLATE, GateName, Locale, load_project
from agentlog.stages.score import ScoreConfig, score


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
        ("roles: {coder: {deployed: x}}", "roles.coder.deployed: there is no such setting"),
        ("build: {split: {train: 0.5, val: 0.1, test: 0.1}}", "must be 1"),
        ("build: {gates: {speed: 0.9}}", "build.gates.speed: Input should be 'coverage'"),
        ("build: {select: {since: yesterday}}", "build.select.since: 'yesterday' is no time"),
        ("build: {near_duplicates: {threshold: 2}}", "build.near_duplicates.threshold"),
        ("build: {gates: {corectness: 0.9}}", "build.gates.corectness"),
        ("scrub: {locales: [xx]}", "scrub.locales.0: Input should be 'en'"),
        ("data: [a]", "data: must be the path of a folder, not list"),
        ("roles: {coder: {task_types: fix}}", "roles.coder.task_types: Input should be a valid list"),
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


def test_every_score_may_have_a_gate_and_nothing_else() -> None:
    assert set(get_args(GateName)) == set(score([], ScoreConfig()).measures) - {"details"}


def test_every_locale_that_may_be_named_is_known_to_scrubbing() -> None:
    for locale in get_args(Locale):
        assert recognisers([locale])
