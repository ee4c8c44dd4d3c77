"""Credentials are told by their names, wherever settings hold them."""

from typing import Any

import pytest

from agentlog import log_interaction
from agentlog.capture.credentials import WITHHELD, is_credential, without_nested_credentials


@pytest.mark.parametrize(
    "name", ["api_key", "OPENAI_API_KEY", "x-api-key", "Authorization", "secret", "db_password", "access_token", "private-key"]
)
def test_names_of_credentials_are_known(name: str) -> None:
    assert is_credential(name)


@pytest.mark.parametrize("name", ["key", "max_tokens", "token_count", "author", "secretary", "keyboard", "passage"])
def test_other_names_are_not(name: str) -> None:
    assert not is_credential(name)


def test_settings_are_withheld_at_their_credentials_and_nowhere_else(caught: Any) -> None:
    @log_interaction(role="coder", logger=caught.logger)
    def ask(prompt: str, llm_config: dict[str, Any]) -> str:
        return prompt + llm_config["list"][0]["api_key"]

    settings = {"list": [{"model": "m", "api_key": "sk-live-4711"}], "headers": {"Authorization": "Bearer 4711"}, "seed": 1}
    assert ask("hi", settings) == "hisk-live-4711"
    said = caught.events[0]["metadata"]["arguments"]["llm_config"]
    assert said == {"list": [{"model": "m", "api_key": WITHHELD}], "headers": {"Authorization": WITHHELD}, "seed": 1}
    assert settings["list"][0]["api_key"] == "sk-live-4711", "the agent's own settings are as they were"


def test_a_prompt_made_of_all_arguments_holds_none_either(caught: Any) -> None:
    log_interaction(role="coder", logger=caught.logger)(lambda question, options: "ok")("why?", {"password": "4711"})
    assert "4711" not in caught.events[0]["messages"][0]["content"]


def test_what_holds_no_credentials_comes_back_itself() -> None:
    value = {"a": [{"b": 1}], "api_key": None}
    assert without_nested_credentials(value) is value
