"""What a build reads out of a record's list of changes."""

from agentlog.schema.changes import is_loss, lossy_fields


def test_losses_are_told_by_the_field_they_stand_in() -> None:
    changed = [
        "messages[0].content: lone surrogates escaped",
        "metadata.arguments.x: integer beyond 64 bits as hexadecimal text",
        "tools: tuple as a list",
        "model_output.content: Answer as its fields",
        "params (90 places more): number that is not finite as text",
    ]
    assert lossy_fields(changed) == {"messages", "metadata", "params"}


def test_only_what_ends_as_another_notation_is_no_loss() -> None:
    assert not is_loss("messages[0].content[0].image_url.url: payload as a blob")
    assert is_loss("metadata.x: tuple as a list: and something nobody knows")


def test_a_list_that_is_none_says_nothing_and_an_unknown_line_is_a_loss() -> None:
    assert lossy_fields(None) == lossy_fields("messages: gone") == frozenset()
    assert lossy_fields(["messages: in a way of a later version", 7]) == {"messages", "7"}
