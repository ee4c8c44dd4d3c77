"""What counts as the prompt of a call."""

from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from agentlog import log_interaction
from agentlog.capture.prompt import argument_reader, find_prompt

CHAT = [{"role": "system", "content": "be kind"}, {"role": "user", "content": "hi"}]


def user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        ({"messages": CHAT, "prompt": "p"}, CHAT),
        ({"prompt": CHAT}, CHAT),
        ({"prompt": "p", "task": SimpleNamespace(description="d")}, user("p")),
        ({"task": SimpleNamespace(description="d"), "n": 1}, user("d")),
        ({"task": {"description": "d"}}, user("d")),
        ({"agent": 1, "task": "just text"}, user("just text")),
        ({"question": "only one"}, user("only one")),
    ],
)
def test_the_prompt_is_found_in_this_order(arguments: dict[str, Any], messages: Any) -> None:
    assert find_prompt(arguments).messages == messages


def test_without_any_of_them_all_arguments_are_the_prompt() -> None:
    arguments = {"messages": "not a chat", "a": 1}
    prompt = find_prompt(arguments)
    assert orjson.loads(prompt.messages[0]["content"]) == arguments
    assert prompt.arguments == arguments


def test_tools_model_task_and_sampling_have_fields_of_their_own() -> None:
    tools = [{"type": "function", "function": {"name": "f"}}]
    prompt = find_prompt({"prompt": "p", "tools": tools, "model": "m", "task_id": 7, "temperature": 0, "seed": None, "other": 1})
    assert (prompt.tools, prompt.model, prompt.task_id, prompt.params) == (tools, "m", 7, {"temperature": 0})
    assert prompt.arguments == {"seed": None, "other": 1}


def test_every_argument_is_read_by_name() -> None:
    def function(a: int, /, b: int, *rest: int, c: int = 3, **more: int) -> None: ...

    read = argument_reader(function)
    assert read((1, 2, 8, 9), {"d": 4}) == {"c": 3, "a": 1, "b": 2, "rest": (8, 9), "d": 4}


def test_credentials_among_the_arguments_are_withheld_from_the_record_and_from_a_prompt_made_of_it(caught: Any) -> None:
    def ask(question: str, number: int, api_key: str, password: None = None) -> str:
        return "you"

    def chat(messages: list[dict[str, str]], **settings: str) -> str:
        return settings["auth_token"]

    log_interaction(role="r", logger=caught.logger)(ask)("Who?", 1, "sk-live-4711")
    given = log_interaction(role="r", logger=caught.logger, output=lambda said: "done")(chat)(
        [{"role": "user", "content": "hi"}], auth_token="t0p"
    )
    assert given == "t0p"
    asked, chatted = caught.events
    assert asked["metadata"]["arguments"]["api_key"] == "[withheld: credential]"
    assert asked["metadata"]["arguments"]["password"] is None
    assert "metadata.arguments.api_key: credential withheld" in asked["metadata"]["changed"]
    assert "sk-live-4711" not in str(asked)
    assert chatted["metadata"]["arguments"] == {"auth_token": "[withheld: credential]"}
    assert chatted["messages"] == [{"role": "user", "content": "hi"}]
