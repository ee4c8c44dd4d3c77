"""Mail addresses go, whatever stands around them; what only looks like one stays."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.privacy.patterns.email import RECOGNISER
from agentlog.privacy.text import Text

ADDRESSES = [
    "ana.ruiz@corp.io",
    "ops-7@build.internal",
    "m@x.co.uk",
    "mia+shop@mail.uni-bonn.de",
    "sean.o'brien@acme.ie",
    "joão.müller@büro.de",
    "jane_doe99@host.lan",
    "curator@louvre.museum",
    "mia.li3818@example.com",
    "mia_li12@example.org",
]
AROUND = [
    "write to {}.",
    '{{"email": "{}"}}',
    '{{\\"email\\": \\"{}\\", \\"n\\": 1}}',
    "{{'email': '{}'}}",
    "first\\n{}\\nlast",
    "Ana Ruiz <{}>",
    "mailto:{}?subject=x",
    "a,{},b",
    "https://x.io/?mail={}&y=1",
    "\\u003c{}\\u003e",
    "{}: said so",
]
HARMLESS = [
    "git@github.com:org/repo.git",
    "noreply@github.com",
    "user@example.com, admin@example.org, john.doe@example.com, alice@test.example, root@localhost",
    "foo@bar.com or you@domain.com",
    "npm i @babel/core@7.1.0 lodash@4.17.21 logo@2x.png",
    "@app.route('/') and @dataclass",
    "y = x@self.weight.to(device); q@k.mT",
    "https://user:secret@db.host.com/x",
    "postgres://svc:p%40ss-Wx12@db.corp.io/x and postgres://svc:Px%24ss@db.corp.io:5432/x",
    "docker pull redis@sha256:0f1e",
    "mia@", "@mia", "a@b", "mia@@corp.io.", "%s@%s",
]  # fmt: skip


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_found_whole_whatever_stands_around_it(found, address, around):
    assert ("EMAIL_ADDRESS", address) in found(around.format(address))


def test_an_escaped_address_of_a_web_page_is_found(found):
    assert found("?to=mia.li%40corp.io&x=1") == [("EMAIL_ADDRESS", "mia.li%40corp.io")]
    assert found("?to=%22mia%2Bx%40corp.io%22") == [("EMAIL_ADDRESS", "mia%2Bx%40corp.io")]


def test_a_host_by_its_bare_name_counts_between_angle_brackets(found):
    assert found("From: Build <deploy7@buildbox>") == [("EMAIL_ADDRESS", "deploy7@buildbox")]


def test_the_prefix_of_a_python_string_is_no_part_of_an_address(found):
    assert found("send(f'mia.li@corp.io')") == [("EMAIL_ADDRESS", "mia.li@corp.io")]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_nobodys_stays(found, text):
    assert found(text) == []


@settings(max_examples=300)
@given(st.text(alphabet="aé1@.%'-_\\u003 <>:/", max_size=80))
def test_a_finding_lies_around_its_sign(text):
    view = Text(text)
    for place in range(len(text)):
        if text[place] == "@":
            for span in RECOGNISER.at(view, place, place + 1):
                assert span.start < place < span.end <= len(text)
                assert text[span.start].isalnum() or text[span.start] == "_"
