"""What stands for an object is that object, but for being logged."""

import copy
import functools
import pickle
from typing import Any

import pytest

from agentlog import AgentLogger, log_interaction, read_interactions


class Executor:
    """Executes."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def execute(self, task: str) -> str:
        self.done.append(task)
        return task

    def __enter__(self) -> "Executor":
        return self

    def __exit__(self, *error: object) -> None:
        self.done.append("left")

    def __len__(self) -> int:
        return len(self.done)

    def __getitem__(self, place: int) -> str:
        return self.done[place]

    def __iter__(self) -> Any:
        return iter(self.done)

    def __contains__(self, task: str) -> bool:
        return task in self.done

    def __call__(self, task: str) -> str:
        return f"called with {task}"


def test_syntax_reaches_the_original(caught: Any) -> None:
    original = Executor()
    executor = caught.logger.wrap(original, "coder")
    with executor:
        executor.execute("a")
    assert (len(executor), executor[0], list(executor), "a" in executor, executor("x")) == (2, "a", ["a", "left"], True, "called with x")
    assert (executor.__doc__, executor.__class__, isinstance(executor, Executor)) == ("Executes.", Executor, True)
    executor.more = 3
    assert original.more == 3  # type: ignore[attr-defined]
    del executor.more
    assert not hasattr(executor, "more")
    assert (executor == executor, executor != Executor(), len({executor, executor}), bool(executor)) == (True, True, 1, True)
    assert [event["messages"][0]["content"] for event in caught.events] == ["a"]


@pytest.mark.parametrize("copied", [copy.deepcopy, copy.copy])
def test_a_copy_is_logged_and_works_on_a_copy_of_the_original(caught: Any, copied: Any) -> None:
    original = Executor()
    executor = copied(caught.logger.wrap(original, "coder"))
    original.done = ["of the original"]
    executor.execute("a")
    assert (executor.done, original.done) == (["a"], ["of the original"])
    assert len(caught.events) == 1


@pytest.mark.parametrize("copied", [copy.deepcopy, copy.copy])
def test_a_copy_of_a_callable_object_is_logged_and_calls_a_copy(caught: Any, copied: Any) -> None:
    class Counter:
        def __init__(self) -> None:
            self.count = 0

        def __call__(self, prompt: str) -> int:
            self.count += 1
            return self.count

    counter = Counter()
    other = copied(log_interaction("coder", logger=caught.logger)(counter))
    assert [other("a"), other("b"), counter("c")] == [1, 2, 1]
    assert len(caught.events) == 2


def test_what_is_logged_may_be_sent_to_another_process(tmp_path: Any) -> None:
    log = AgentLogger(tmp_path)
    sent = pickle.loads(pickle.dumps(log.wrap(Executor(), "coder")))
    assert (sent.execute("a"), sent.done) == ("a", ["a"])
    called = pickle.loads(pickle.dumps(log_interaction("coder", logger=log)(Executor())))
    assert called("b") == "called with b"
    partial = pickle.loads(pickle.dumps(log_interaction("coder", logger=log)(functools.partial(max, 3))))
    assert partial(4) == 4
    assert len(list(read_interactions(tmp_path))) == 3
    assert pickle.loads(pickle.dumps(by_name)) is by_name


@log_interaction("coder")
def by_name(prompt: str) -> str:
    return prompt


def test_a_function_with_a_cache_keeps_what_belongs_to_it(caught: Any) -> None:
    @log_interaction("coder", logger=caught.logger)
    @functools.lru_cache
    def ask(prompt: str) -> str:
        return prompt

    assert [ask("a"), ask("a")] == ["a", "a"]
    assert ask.cache_info().hits == 1
    ask.cache_clear()
    assert ask.cache_info().currsize == 0
    assert len(caught.events) == 2


def test_a_partial_keeps_its_parts_and_a_bound_method_its_object(caught: Any) -> None:
    log = log_interaction("coder", logger=caught.logger)
    partial, executor = log(functools.partial(max, 3)), Executor()
    assert isinstance(partial, functools.partial)
    assert (partial.func, partial.args, partial(4)) == (max, (3,), 4)
    method = log(executor.execute)
    assert (method.__self__, method.__func__, method("a")) == (executor, Executor.execute, "a")
