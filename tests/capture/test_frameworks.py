"""Agents as the common frameworks call them: prompt, role, model and answer are found without a word of configuration.

The classes have the call shapes of the frameworks, and none of their code.
"""

import asyncio
import dataclasses
from collections.abc import Iterator
from enum import StrEnum
from types import SimpleNamespace
from typing import Any

import pydantic
import pytest

from agentlog import log_interaction


def asked(event: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(message["role"], message["content"]) for message in event["messages"]]


@pytest.fixture
def log(caught: Any) -> Any:
    return log_interaction(logger=caught.logger)


class CrewTask(pydantic.BaseModel):
    id: str = "task-1"
    description: str
    expected_output: str = "code"


class CrewOutput(pydantic.BaseModel):
    raw: str
    tasks_output: list[str] = []
    token_usage: dict[str, int] = {}


def test_an_agent_with_a_role_executes_a_task_with_a_description(caught: Any, log: Any) -> None:
    class Agent(pydantic.BaseModel):
        role: str
        llm: Any
        tools: list[Any] = []

        @log
        def execute_task(self, task: CrewTask, context: str | None = None, tools: list[Any] | None = None) -> str:
            return "def sort(): ..."

        @log
        def kickoff(self, messages: str) -> CrewOutput:
            return CrewOutput(raw="done", token_usage={"total": 3})

    agent = Agent(role="Coder", llm=SimpleNamespace(model="qwen"))
    agent.execute_task(CrewTask(description="Sort."), context="be quick")
    agent.kickoff("Go on.")
    first, second = caught.events
    assert (first["agent_role"], asked(first), first["task_id"], first["model"]["name"]) == ("Coder", [("user", "Sort.")], "task-1", "qwen")
    assert first["metadata"]["arguments"]["context"] == "be quick"
    assert (first["model_output"]["content"], second["model_output"]["content"]) == ("def sort(): ...", "done")
    assert second["metadata"]["result"]["token_usage"] == {"total": 3}


class HumanMessage(pydantic.BaseModel):
    content: str | list[Any]
    type: str = "human"
    id: str | None = None


class SystemMessage(HumanMessage):
    type: str = "system"


class ToolMessage(HumanMessage):
    type: str = "tool"
    tool_call_id: str


class AIMessage(HumanMessage):
    type: str = "ai"
    tool_calls: list[dict[str, Any]] = []
    usage_metadata: dict[str, Any] | None = None
    response_metadata: dict[str, Any] = {}


class AIMessageChunk(AIMessage):
    type: str = "AIMessageChunk"

    def __add__(self, other: "AIMessageChunk") -> "AIMessageChunk":
        return AIMessageChunk(content=str(self.content) + str(other.content), usage_metadata=other.usage_metadata or self.usage_metadata)


CALL = {"name": "run", "args": {"path": "a.py"}, "id": "c1", "type": "tool_call"}
USAGE = {"input_tokens": 9, "output_tokens": 2, "total_tokens": 11}
HISTORY = [SystemMessage(content="Be kind."), HumanMessage(content="Run it."), AIMessage(content="", tool_calls=[CALL])]
ASKED = [("system", "Be kind."), ("user", "Run it."), ("assistant", ""), ("tool", "ok")]


class State(pydantic.BaseModel):
    messages: list[Any]
    step: int


@pytest.mark.parametrize("make", [dict, SimpleNamespace, State])
def test_a_node_of_a_graph_takes_a_state_with_messages_and_returns_more_of_them(caught: Any, log: Any, make: Any) -> None:
    answer = AIMessage(content="Done.", usage_metadata=USAGE, response_metadata={"model_name": "qwen", "finish_reason": "stop"})

    @log
    def coder(state: Any, config: Any = None) -> Any:
        return {"messages": [answer]}

    coder(make(messages=[*HISTORY, ToolMessage(content="ok", tool_call_id="c1")], step=4))
    [event] = caught.events
    assert asked(event) == ASKED
    assert event["messages"][2]["tool_calls"] == [
        {"id": "c1", "type": "function", "function": {"name": "run", "arguments": '{"path":"a.py"}'}}
    ]
    assert event["messages"][3]["tool_call_id"] == "c1"
    assert event["metadata"]["arguments"]["state"] == {"step": 4}
    assert event["model_output"] == {"role": "assistant", "content": "Done.", "tool_calls": []}
    assert (event["usage"]["input_tokens"], event["usage"]["output_tokens"]) == (9, 2)
    assert (event["finish_reason"], event["model"]["name"]) == ("stop", "qwen")
    assert "result" not in event["metadata"]


def test_a_chat_model_is_invoked_with_messages_and_streams_chunks(caught: Any, log: Any) -> None:
    class Model:
        model = "qwen"

        def __init__(self) -> None:
            self.model = "qwen"

        @log
        def invoke(self, input: Any, config: Any = None) -> AIMessage:  # noqa: A002
            return AIMessage(content="hello", tool_calls=[CALL])

        @log
        def stream(self, input: Any) -> Iterator[AIMessageChunk]:  # noqa: A002
            yield AIMessageChunk(content="hel")
            yield AIMessageChunk(content="lo", usage_metadata=USAGE)

    Model().invoke([("system", "Be kind."), ("human", "Hi.")])
    list(Model().stream("Hi."))
    invoked, streamed = caught.events
    assert asked(invoked) == [("system", "Be kind."), ("user", "Hi.")]
    assert invoked["model_output"]["tool_calls"][0]["function"] == {"name": "run", "arguments": '{"path":"a.py"}'}
    assert (asked(streamed), streamed["model_output"]["content"]) == ([("user", "Hi.")], "hello")
    assert (streamed["usage"]["input_tokens"], streamed["model"]["name"]) == (9, "qwen")


class UserMessage(pydantic.BaseModel):
    content: str
    source: str
    type: str = "UserMessage"


@dataclasses.dataclass
class FunctionCall:
    id: str
    arguments: str
    name: str


@dataclasses.dataclass
class FunctionExecutionResult:
    content: str
    call_id: str
    name: str


class AssistantMessage(pydantic.BaseModel):
    content: str | list[FunctionCall]
    source: str
    thought: str | None = None
    type: str = "AssistantMessage"


class FunctionExecutionResultMessage(pydantic.BaseModel):
    content: list[FunctionExecutionResult]
    type: str = "FunctionExecutionResultMessage"


class TextMessage(pydantic.BaseModel):
    content: str
    source: str
    models_usage: Any = None
    type: str = "TextMessage"


class CreateResult(pydantic.BaseModel):
    finish_reason: str
    content: Any
    usage: Any
    cached: bool = False
    thought: str | None = None


COUNTS = SimpleNamespace(prompt_tokens=5, completion_tokens=6)


def test_a_model_client_creates_a_result_of_messages_of_several_classes(caught: Any, log: Any) -> None:
    @log
    async def create(messages: Any, *, tools: Any = (), cancellation_token: Any = None) -> CreateResult:
        return CreateResult(finish_reason="function_calls", content=[FunctionCall("c2", '{"b": 2}', "run")], usage=COUNTS, thought="Hm.")

    calls = AssistantMessage(content=[FunctionCall("c1", '{"a":  1}', "run")], source="coder")
    results = FunctionExecutionResultMessage(content=[FunctionExecutionResult("ok", "c1", "run")])
    asyncio.run(create([UserMessage(content="Run it.", source="user"), calls, results]))
    [event] = caught.events
    assert asked(event) == [("user", "Run it."), ("assistant", None), ("tool", "ok")]
    assert event["messages"][1]["tool_calls"][0]["function"] == {"name": "run", "arguments": '{"a":  1}'}
    assert event["messages"][2]["tool_call_id"] == "c1"
    assert event["model_output"]["tool_calls"][0] == {"id": "c2", "type": "function", "function": {"name": "run", "arguments": '{"b": 2}'}}
    assert (event["model_output"]["content"], event["model_output"]["reasoning_content"]) == (None, "Hm.")
    assert (event["usage"]["input_tokens"], event["finish_reason"]) == (5, "function_calls")


def test_an_agent_with_a_name_answers_messages_of_others_and_runs_a_task(caught: Any, log: Any) -> None:
    class Assistant:
        def __init__(self) -> None:
            self.name = "coder"

        @log
        async def on_messages(self, messages: Any, cancellation_token: Any) -> Any:
            return SimpleNamespace(chat_message=TextMessage(content="Done.", source="coder", models_usage=COUNTS), inner_messages=None)

        @log
        async def run(self, *, task: Any) -> Any:
            return SimpleNamespace(messages=[TextMessage(content=task, source="user"), TextMessage(content="Ran.", source="coder")])

    asyncio.run(Assistant().on_messages([TextMessage(content="Sort.", source="tester")], None))
    asyncio.run(Assistant().run(task="Run it."))
    first, second = caught.events
    assert (first["agent_role"], asked(first)) == ("coder", [("user", "Sort.")])
    assert (first["model_output"]["content"], first["usage"]["output_tokens"]) == ("Done.", 6)
    assert (asked(second), second["model_output"]["content"]) == ([("user", "Run it.")], "Ran.")


def test_a_runner_runs_an_agent_on_an_input_to_a_final_output(caught: Any, log: Any) -> None:
    class Runner:
        @classmethod
        @log
        async def run(cls, starting_agent: Any, input: Any, *, context: Any = None, max_turns: int = 10) -> Any:  # noqa: A002
            return SimpleNamespace(final_output="sorted", new_items=[], last_agent=None)

    agent = SimpleNamespace(name="Coder", instructions="Be kind.", model="qwen")
    asyncio.run(Runner.run(agent, "Sort."))
    asyncio.run(Runner.run(agent, [{"role": "user", "content": "Sort."}, {"role": "assistant", "content": "How?"}], max_turns=3))
    first, second = caught.events
    assert (first["agent_role"], asked(first), first["model_output"]["content"]) == ("Coder", [("user", "Sort.")], "sorted")
    assert asked(second) == [("user", "Sort."), ("assistant", "How?")]


class MessageRole(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"
    TOOL_RESPONSE = "tool-response"


@dataclasses.dataclass
class ChatMessage:
    role: MessageRole
    content: Any
    tool_calls: Any = None
    raw: Any = None
    token_usage: Any = None


def test_a_model_generates_a_message_of_a_dataclass(caught: Any, log: Any) -> None:
    class Model:
        def __init__(self) -> None:
            self.model_id = "qwen"

        @log
        def generate(self, messages: list[ChatMessage], stop_sequences: Any = None, tools_to_call_from: Any = None) -> ChatMessage:
            return ChatMessage(MessageRole.ASSISTANT, "x = 1", token_usage=SimpleNamespace(input_tokens=7, output_tokens=8))

    class CodeAgent:
        def __init__(self) -> None:
            self.model, self.name = Model(), "coder"

        @log
        def run(self, task: str, stream: bool = False) -> Any:
            parts = [{"type": "text", "text": "Observed."}]
            return self.model.generate([ChatMessage(MessageRole.USER, task), ChatMessage(MessageRole.TOOL_RESPONSE, parts)]).content

    assert CodeAgent().run("Sort.") == "x = 1"
    inner, outer = caught.events
    assert asked(inner) == [("user", "Sort."), ("user", [{"type": "text", "text": "Observed."}])]
    assert (inner["model_output"], inner["usage"]["output_tokens"]) == ({"role": "assistant", "content": "x = 1", "tool_calls": []}, 8)
    assert (outer["agent_role"], outer["model"]["name"], asked(outer)) == ("coder", "qwen", [("user", "Sort.")])
    assert inner["parent_id"] == outer["id"]


def test_a_history_may_hold_what_a_client_has_answered(caught: Any, log: Any) -> None:
    from openai.types.chat import ChatCompletionMessage

    call = {"id": "c1", "type": "function", "function": {"name": "run", "arguments": "{}"}}
    answer = ChatCompletionMessage.model_validate({"role": "assistant", "content": None, "tool_calls": [call]})
    log(lambda messages: "ok")([{"role": "user", "content": "Hi."}, answer, {"role": "tool", "content": "1", "tool_call_id": "c1"}])
    assert caught.events[0]["messages"][1] == {"role": "assistant", "content": None, "tool_calls": [call]}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"question": "Why?", "user": None, "top": 3}, "Why?"),
        ({"query": "Why?", "agent": SimpleNamespace(role="x")}, "Why?"),
        ({"input": "Why?"}, "Why?"),
        ({"question": "Why?", "documents": ["a"]}, '{"question":"Why?","documents":["a"]}'),
        ({"text": "Warum?", "language": "en"}, '{"text":"Warum?","language":"en"}'),
        ({"messages": [object()]}, None),
        ({"messages": [("human", "a", "b")]}, '{"messages":[["human","a","b"]]}'),
        ({"messages": []}, '{"messages":[]}'),
    ],
)
def test_a_question_is_the_prompt_where_nothing_else_could_be(caught: Any, log: Any, arguments: dict[str, Any], text: str | None) -> None:
    log(lambda **arguments: "ok")(**arguments)
    [(role, content)] = asked(caught.events[0])
    assert role == "user"
    assert text is None or content == text


class Raises:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


ODD: list[Any] = [lambda *_, **__: 1 / 0, *(lambda *_, odd=odd, **__: odd for odd in (None, 7, [Raises()], Raises())), lambda: ""]


@pytest.mark.parametrize("prompt", ODD)
@pytest.mark.parametrize("output", ODD)
def test_functions_that_find_prompt_or_answer_never_hurt(caught: Any, prompt: Any, output: Any) -> None:
    log = log_interaction("coder", logger=caught.logger, prompt=prompt, output=output)
    assert log(lambda **named: "answer")(a="b") == "answer"
    [event] = caught.events
    assert event["messages"][0]["role"] == "user"


def test_functions_say_where_prompt_and_answer_are(caught: Any) -> None:
    log = log_interaction("coder", logger=caught.logger, prompt=lambda job: job["what"], output=lambda result: result["said"]["text"])
    log(lambda job: {"said": {"text": "Done."}})({"what": "Sort."})
    [event] = caught.events
    assert (asked(event), event["model_output"]["content"]) == ([("user", "Sort.")], "Done.")


def test_what_an_agent_would_have_to_compute_is_not_asked_for(caught: Any, log: Any) -> None:
    class Agent:
        role = "coder"

        @property
        def model(self) -> Any:
            raise AssertionError("this would load it")

        @log
        def ask(self, prompt: str) -> str:
            return prompt

    assert Agent().ask("p") == "p"
    assert caught.events[0]["model"]["name"] is None


def test_an_executor_without_a_role_is_asked_for_its_own(caught: Any) -> None:
    class Executor:
        role = "tester"

        def execute(self, task: str) -> str:
            return task

    caught.logger.wrap(Executor(), None).execute("t")
    assert caught.events[0]["agent_role"] == "tester"
