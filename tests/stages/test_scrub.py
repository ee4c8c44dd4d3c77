"""The scrubbing stages and `agentlog.scrub`: all of a sample, whole sessions, and nothing that could not be checked."""

import random
import string
from collections.abc import Iterator

import orjson
import pytest

from agentlog.errors import SettingError
from agentlog.privacy.detector import Detector
from agentlog.privacy.recogniser import Scanned, Span
from agentlog.privacy.scrubber import Scrubber
from agentlog.privacy.search import Search
from agentlog.privacy.text import Text
from agentlog.schema.outcome import DropReason
from agentlog.schema.sample import Sample
from agentlog.stages.redact import RedactConfig, redact
from agentlog.stages.scrub import scrub
from agentlog.stages.scrub_lines import scrub_lines
from agentlog.stages.scrubbing import KeyedConfig, scrub_samples
from agentlog.stages.secrets import SecretsConfig, secrets

KEY = "k" * 32


def random_text(length: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    """Token-like text made at run time, so that none stands in a source file."""
    return "".join(random.Random(7).choices(alphabet, k=length))


TOKENS = [
    "ghp_" + random_text(36),
    "AKIA" + random_text(16, string.ascii_uppercase + string.digits),
    "sk-ant-api03-" + random_text(93) + "AA",
    "sk-proj-" + random_text(40),
    "glpat-" + random_text(20),
    "hf_" + random_text(34, string.ascii_letters),
    "npm_" + random_text(36),
]
PERSONAL = [
    ("EMAIL_ADDRESS", "ana.ruiz@corp.io"),
    ("EMAIL_ADDRESS", "ops@build.internal"),
    ("PHONE_NUMBER", "+1 (415) 265-3890"),
    ("CREDIT_CARD", "4539 1488 0343 6467"),
    ("IBAN_CODE", "DE89370400440532013000"),
    ("IP_ADDRESS", "81.2.69.142"),
    ("US_SSN", "536-22-8719"),
]
HARMLESS = [
    "std::vector<int> a; x[::2]; a::b::c; std::add",
    "version 1.2.3.4 and v10.20.30.40-rc1",
    "127.0.0.1, 10.0.0.7, 192.168.1.1, ::1, fe80::1, 192.0.2.7",
    "mail admin@example.com or root@host.test",
    "token = os.environ['TOKEN']; password = ${PASSWORD}; api_key=<your key>",
    "id 3f2504e0-4f89-11d3-9a0c-0305e82c3301 at 2026-11-20T17:00:00Z took 1700000000 ns",
    "self.skipTest('token'); max_tokens=4096; def tokenize(text: str) -> list[str]: ...",
]


def sample(number: int, text: str, session: str = "s") -> Sample:
    message = {"role": "assistant", "content": text}
    return Sample(id=f"x{number}", messages=[message], trained=(0,), source_ids=(str(number),), session_id=session)


@pytest.mark.parametrize("token", TOKENS)
def test_a_vendors_token_is_replaced_and_keeps_its_prefix_and_length(token: str) -> None:
    clean = scrub(f"export TOKEN='{token}' # {token}", key=KEY)
    assert token not in clean.value
    stand_in = clean.value.split("'")[1]
    assert stand_in[:3] == token[:3]
    assert len(stand_in) == len(token)


@pytest.mark.parametrize(("entity", "value"), PERSONAL)
def test_personal_data_with_a_form_is_replaced(entity: str, value: str) -> None:
    clean = scrub(f"call back: {value}, thanks", key=KEY)
    assert value not in clean.value
    assert clean.counts == {entity: 1}


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert scrub(text, key=KEY).value == text


def test_a_telling_key_makes_its_value_a_secret_even_inside_json_in_a_string() -> None:
    arguments = orjson.dumps({"user": "bob", "password": "correct-horse"}).decode()
    value = [{"role": "tool", "content": arguments}, {"role": "user", "content": "I typed correct-horse again"}]
    clean = scrub(value, key=KEY).value
    assert orjson.loads(clean[0]["content"]).keys() == {"user", "password"}
    assert "correct-horse" not in orjson.dumps(clean).decode()


def test_a_private_key_goes_also_where_its_newlines_are_escaped() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\n" + random_text(64) + "\n-----END RSA PRIVATE KEY-----"
    clean = scrub({"log": orjson.dumps({"stdout": key}).decode(), "plain": key}, key=KEY).value
    assert random_text(64) not in clean["log"] + clean["plain"]
    assert orjson.loads(clean["log"]).keys() == {"stdout"}


def test_equal_values_have_equal_stand_ins_within_a_scope_and_others_across() -> None:
    text = "ana.ruiz@corp.io wrote to bo.li@corp.io and ana.ruiz@corp.io"
    one, again, other = scrub(text, key=KEY, scope="s1"), scrub(text, key=KEY, scope="s1"), scrub(text, key=KEY, scope="s2")
    first, second, third = [word for word in one.value.split() if "@" in word]
    assert first == third != second
    assert one.value == again.value != other.value


def test_every_text_of_a_sample_is_scrubbed_the_rejected_original_too() -> None:
    mail, token = "ana.ruiz@corp.io", TOKENS[0]
    message = {"role": "assistant", "content": [{"type": "text", "text": f"{mail} {token}"}]}
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": orjson.dumps({"to": mail, "api_key": token}).decode()}}
    answer = {"index": 1, "interaction_id": "1", "timestamp": "2026-11-20T00:00:00.000000Z", "original": message}
    whole = Sample.model_validate(
        {
            "id": "x",
            "messages": [{"role": "user", "content": mail}, {**message, "tool_calls": [call]}],
            "tools": [{"type": "function", "function": {"name": "f", "description": f"ask {mail}"}}],
            "trained": (1,),
            "task_type": f"write to {mail}",
            "source_ids": ("1",),
            "answers": (answer,),
        }
    )
    [half] = secrets([whole], SecretsConfig(key=KEY)).kept
    [clean] = redact([half], RedactConfig(key=KEY)).kept
    assert mail not in clean.model_dump_json()
    assert token not in clean.model_dump_json()


def test_what_one_row_of_a_session_reveals_goes_from_its_other_rows_and_from_no_other_session() -> None:
    rows = [sample(1, "correct-horse it is"), sample(2, '{"password": "correct-horse"}'), sample(3, "correct-horse", session="other")]
    first, second, other = secrets(rows, SecretsConfig(key=KEY)).kept
    assert "correct-horse" not in first.model_dump_json() + second.model_dump_json()
    assert other.messages[0]["content"] == "correct-horse"


def test_sessions_are_linked_only_where_that_is_asked_for() -> None:
    rows = [sample(1, "ana.ruiz@corp.io"), sample(2, "ana.ruiz@corp.io", session="other")]
    apart = [row.messages[0]["content"] for row in redact(rows, RedactConfig(key=KEY)).kept]
    linked = [row.messages[0]["content"] for row in redact(rows, RedactConfig(key=KEY, link_sessions=True)).kept]
    assert apart[0] != apart[1]
    assert linked[0] == linked[1]


def test_every_replacement_is_told_by_row_and_place_and_never_by_value() -> None:
    outcome = redact([sample(1, "hello"), sample(2, "write ana.ruiz@corp.io")], RedactConfig(key=KEY))
    [told] = outcome.replacements
    assert (told.stage, told.sample_id, told.entity, told.place, told.start) == ("redact", "x2", "EMAIL_ADDRESS", "messages[0].content", 6)
    assert "ana.ruiz" not in told.model_dump_json()


def failing_on(word: str) -> Scrubber:
    def find(text: Text) -> Iterator[Span]:
        if word in text.value:
            raise ValueError(text.value)
        return iter(())

    return Scrubber(Search(Detector([Scanned("fragile", find)])), key=KEY)


def test_a_recogniser_that_fails_sets_that_row_aside_and_does_not_quote_it() -> None:
    rows = [sample(1, "fine"), sample(2, "private"), sample(3, "fine too")]
    outcome = scrub_samples("redact", rows, failing_on("private"), KeyedConfig())
    assert [row.id for row in outcome.kept] == ["x1", "x3"]
    [drop] = outcome.dropped
    assert (drop.sample_id, drop.reason, drop.detail) == ("x2", DropReason.SCRUB_FAILED, "ValueError")


def test_a_row_nested_too_deeply_to_be_looked_through_is_set_aside() -> None:
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    row = sample(1, "fine").model_copy(update={"tools": [{"deep": deep}]})
    outcome = redact([row, sample(2, "fine")], RedactConfig(key=KEY))
    assert [drop.detail for drop in outcome.dropped] == ["RecursionError"]
    assert [kept.id for kept in outcome.kept] == ["x2"]


def test_what_the_user_allows_stays_and_what_they_deny_goes() -> None:
    assert scrub("mail ana.ruiz@corp.io", key=KEY, allow=["ana.ruiz@corp.io"]).value == "mail ana.ruiz@corp.io"
    assert scrub("mail bo.li@corp.io", key=KEY, allow=["*@corp.io"]).value == "mail bo.li@corp.io"
    assert "Heron" not in scrub("on Project Heron", key=KEY, deny=["Project Heron"]).value


def test_lines_of_one_session_are_scrubbed_together_and_bad_ones_are_set_aside() -> None:
    lines = [
        b'{"session_id":"a","text":"correct-horse"}',
        b"no json",
        b"",
        b'{"session_id":"a","password":"correct-horse"}',
        b'{"session_id":"b","text":"correct-horse"}',
        b'{"session_id":"a","text":"boom"}',
    ]
    whole = scrub_lines(lines, failing_on("boom"), None)
    assert [number for number, _ in whole.set_aside] == [2, 6]
    assert [value["session_id"] for value in whole.values] == ["a", "a", "b"]
    from agentlog.privacy.settings import PrivacySettings, make_scrubber

    clean = scrub_lines(lines, make_scrubber(PrivacySettings(), KEY), None)
    assert "correct-horse" not in str(clean.values[:2])
    assert clean.values[2]["text"] == "correct-horse"
    assert {(number, found.place) for number, found in clean.findings} == {(1, "text"), (4, "password")}


def test_lines_of_no_session_are_linked_by_nothing_unless_they_say_the_same() -> None:
    from agentlog.privacy.settings import PrivacySettings, make_scrubber

    scrubber = make_scrubber(PrivacySettings(), KEY)
    one, other = (scrub_lines([b'{"n":%d,"text":"ana.ruiz@corp.io"}' % number], scrubber).values[0]["text"] for number in (1, 2))
    assert one != other


def test_an_unknown_locale_is_a_setting_that_is_wrong() -> None:
    with pytest.raises(SettingError, match="xx"):
        scrub("text", locales=["xx"])


def test_what_is_no_json_is_refused_rather_than_passed() -> None:
    with pytest.raises(TypeError, match="bytes is no JSON"):
        scrub({"text": b"ana.ruiz@corp.io"})


def test_a_short_text_that_is_denied_goes() -> None:
    assert "X9" not in scrub("unit X9, not X90", deny=["X9"]).value.split(",")[0]
    assert "X90" in scrub("unit X9, not X90", deny=["X9"]).value
