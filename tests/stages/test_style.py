"""Style: what a row's answers look like, in numbers that anything an agent may answer leaves sound."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog.schema.sample import Sample
from agentlog.stages.style import DIRECTED, FACETS, FEATURES, PARSED, style_of

TYPED = '''def add_all(first_value: int, second_value: int) -> int:
    """Add them."""
    return first_value + second_value
'''
LOOSE = "def addAll(firstValue, secondValue):\n  return 'x'\n"


def row(*answers: str | dict[str, Any]) -> Sample:
    messages: list[Any] = [{"role": "user", "content": "q"}]
    for answer in answers:
        messages.append({"role": "assistant", **({"content": answer} if isinstance(answer, str) else answer)})
    trained = tuple(range(1, len(messages)))
    return Sample(id="r", messages=messages, trained=trained, source_ids=tuple(f"i{place}" for place in trained))


def style(*answers: str | dict[str, Any]) -> dict[str, float]:
    return dict(zip(FEATURES, style_of(row(*answers)), strict=True))


def fenced(code: str, tag: str = "python") -> str:
    return f"Here:\n\n```{tag}\n{code}```\n"


def test_each_feature_belongs_to_one_facet() -> None:
    assert len(set(FEATURES)) == len(FEATURES)
    assert set(FEATURES) >= DIRECTED
    assert tuple(name for names in FACETS.values() for name in names) == FEATURES


def test_typed_and_documented_python_is_told_from_loose_python() -> None:
    typed, loose = style(fenced(TYPED)), style(fenced(LOOSE))
    for name in ("type_hints", "docstrings", "snake_case", "indent_of_four", "double_quotes"):
        assert (typed[name], loose[name]) == (1.0, 0.0), name
    assert typed["code_parses"] == loose["code_parses"] == typed["code_block"] == typed["language_tag"] == typed["python"] == 1.0


@pytest.mark.parametrize(
    "answer", [TYPED, fenced(TYPED), fenced(TYPED, ""), fenced(TYPED, "py"), f"~~~python\n{TYPED}~~~", f"```python\n{TYPED}"]
)
def test_python_is_found_with_and_without_a_fence_a_tag_or_an_end(answer: str) -> None:
    assert style(answer)["code_parses"] == style(answer)["type_hints"] == 1.0


def test_prose_has_nothing_to_say_about_code() -> None:
    said = style("Import taxes rose; from here on we import less.")
    assert all(math.isnan(said[name]) for name in ("code_parses", "type_hints", "docstrings", "snake_case", "language_tag", "python"))
    assert (said["prose"], said["code_block"]) == (1.0, 0.0)


def test_other_languages_are_seen_by_their_blocks_alone() -> None:
    said = style(fenced("const aB = 1;\n", "js"))
    assert (said["code_block"], said["python"]) == (1.0, 0.0)
    assert math.isnan(said["code_parses"])
    assert math.isnan(said["snake_case"])


def test_broken_code_does_not_parse() -> None:
    assert style(fenced("def broken(:\n"))["code_parses"] == 0.0
    assert style(fenced("x = 1\n") + fenced("x = = 1\n"))["code_parses"] == 0.5


def test_code_that_is_only_cut_off_is_not_broken() -> None:
    long = "def f():\n" + '    x = """text\n' + "    more text in it\n" * PARSED + '"""\n'
    assert style(fenced(long))["code_parses"] == 1.0
    assert style(fenced("x = = 1\n" + long))["code_parses"] == 0.0


def test_an_odd_escape_is_no_error_whatever_is_done_with_warnings(recwarn: pytest.WarningsRecorder) -> None:
    assert style(fenced("x = '\\d'\n"))["code_parses"] == 1.0
    assert not recwarn


def test_arguments_of_tool_calls_are_json_or_not() -> None:
    def call(arguments: Any) -> dict[str, Any]:
        return {"content": None, "tool_calls": [{"function": {"name": "f", "arguments": arguments}}]}

    assert style(call('{"a": 1}'))["tool_arguments_parse"] == style(call({"a": 1}))["tool_arguments_parse"] == 1.0
    assert style(call('{"a": '))["tool_arguments_parse"] == style(call("[1]"))["tool_arguments_parse"] == 0.0
    assert style(call('{"a": 1}'))["tool_call"] == 1.0
    assert math.isnan(style("text")["tool_arguments_parse"])


def test_markdown_is_seen_in_prose_and_not_in_code() -> None:
    said = style("# Head\n\n- one\n- `two`\n")
    assert (said["headings"], said["bullets"], said["inline_code"]) == (1.0, 1.0, 1.0)
    said = style("```python\n# no heading\n- 1\n```")
    assert (said["headings"], said["bullets"]) == (0.0, 0.0)


def test_a_row_has_the_mean_of_its_answers_where_a_feature_applies() -> None:
    said = style(fenced(TYPED), "only words", fenced(LOOSE))
    assert said["type_hints"] == 0.5
    assert said["code_block"] == pytest.approx(2 / 3)


def test_a_row_without_text_has_a_style_too() -> None:
    said = style({"content": None})
    assert said["answer_length"] == said["code_block"] == 0.0
    assert math.isnan(said["prose"])


pieces = st.sampled_from(
    [
        "```",
        "```python\n",
        "~~~",
        "\n",
        "def f(",
        "def a_b(c: int) -> x:\n",
        '"""',
        "    ",
        "(" * 300,
        "\\d",
        "\0",
        "\ud800",
        "日本",
        "- ",
        "# ",
        "=",
        "`",
        "-" * 500,
    ]
)


@given(st.lists(st.one_of(pieces, st.text(max_size=20)), max_size=30).map("".join))
def test_whatever_is_answered_each_feature_is_a_share_or_does_not_apply(text: str) -> None:
    said = style_of(row(text))
    assert len(said) == len(FEATURES)
    assert all(math.isnan(value) or 0.0 <= value <= 1.0 for value in said)
    assert repr(said) == repr(style_of(row(text)))
