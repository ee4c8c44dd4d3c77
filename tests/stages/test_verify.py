"""A finished row in which anything private is left costs that row, and is named by what was found, never by what it says."""

from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.privacy import verifier
from agentlog.schema.outcome import DropReason
from agentlog.schema.sample import Answer, Sample
from agentlog.stages import verify as verify_module
from agentlog.stages.verify import VerifyConfig, verify


def sample(number: int, question: str, *, original: str | None = None) -> Sample:
    answer = Answer(index=1, interaction_id=f"i{number}", timestamp="2026-11-20T17:00:00.000000Z")
    if original is not None:
        answer = answer.model_copy(update={"original": {"role": "assistant", "content": original}})
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": "done"}]
    return Sample(id=f"row-{number}", messages=messages, trained=(1,), source_ids=(f"i{number}",), answers=(answer,))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.booleans(), max_size=12))
def test_rows_that_leak_are_dropped_and_the_others_are_kept_as_they_are(leaking: list[bool]) -> None:
    batch = [sample(number, "mail ana.ruiz@corp.io" if leaks else "nothing") for number, leaks in enumerate(leaking)]
    outcome = verify(batch, VerifyConfig())
    assert outcome.kept == [one for one, leaks in zip(batch, leaking, strict=True) if not leaks]
    assert [drop.sample_id for drop in outcome.dropped] == [one.id for one, leaks in zip(batch, leaking, strict=True) if leaks]
    assert {(drop.reason, drop.detail) for drop in outcome.dropped} <= {(DropReason.LEAK, "EMAIL_ADDRESS 1")}


def test_the_answer_that_a_correction_replaced_is_looked_at_too() -> None:
    assert [drop.sample_id for drop in verify([sample(1, "x", original="mail ana.ruiz@corp.io")], VerifyConfig()).dropped] == ["row-1"]


def test_people_denied_and_allowed_texts_are_those_of_the_project() -> None:
    batch = [sample(1, "for Ana Ruiz"), sample(2, "on Project Heron"), sample(3, "mail kept@corp.io")]
    config = VerifyConfig(people=("Ana Ruiz",), deny=("Project Heron",), allow=("kept@corp.io",))
    assert [drop.sample_id for drop in verify(batch, config).dropped] == ["row-1", "row-2"]


def test_rows_behind_more_leaks_than_the_verifier_tells_are_looked_at_as_well(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(verifier, "MOST_LEAKS", 3)
    monkeypatch.setattr(verify_module, "MOST_LEAKS", 3)
    batch = [sample(1, " ".join(f"ana.{n}@corp.io" for n in range(5))), sample(2, "clean"), sample(3, "mail ana.ruiz@corp.io")]
    assert [row.id for row in verify(batch, VerifyConfig()).kept] == ["row-2"]
