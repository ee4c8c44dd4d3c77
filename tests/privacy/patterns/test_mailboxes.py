"""Addresses of persons go; those of roles, lists and nobody stay."""

import pytest

PERSONS = [
    "ana.ruiz@corp.io", "aruiz@lindberg.se", "joe@curator.museum", "info.ruiz@corp.io", "support@gmail.com", "ana-dev@gmail.com",
    "dev-ana@corp.io", "test12@gmail.com", "mia.li3818@example.com", "mia_li12@foo.com", "t.mueller@xxx.com", "bb@qq.com", "ppp12@zzz.org",
    "security.officer7@corp.io", "ops-7@build.internal", "user42@lindberg.se",
]  # fmt: skip
NOBODYS = [
    "python-dev@python.org", "Email-SIG@python.org", "kernel-bugs@corp.io", "anyone-at-all@lists.debian.org", "x@googlegroups.com",
    "postmaster@corp.io", "security@corp.io", "info@corp.io", "webmaster@corp.io", "noreply@corp.io", "someone@eecs.umich.edu",
    "foo@simple.net", "főo@bar.com", "John@foo.org", "foo-bär@baz.py", "ppp@zzz.org", "xx@xx.dk",
    "robot@examp.com", "star.a.star@example.com",
    "non-existent@example.com", "password@www.python.org", "a@b.c",
]  # fmt: skip
MESSAGES = [
    "Message-ID: <20050713212311.GC4701@andy.corp.io>",
    "'Message-ID', '<anything.at.all7@corp.io>'",
    "In-Reply-To: <first.one9@corp.io>\\n\\t<second.one9@corp.io>",
    "<674392CA.4347091@corp.io>",
    "<hvalf7$ort$1@dough.corp.io>",
    "Content-ID: <image1@cid>",
]


@pytest.mark.parametrize("address", PERSONS)
def test_the_address_of_a_person_is_found(found, address):
    assert found(f"write to <{address}>, please") == [("EMAIL_ADDRESS", address)]


@pytest.mark.parametrize("address", NOBODYS)
def test_an_address_of_nobody_stays(found, address):
    assert found(f"write to <{address}>, please") == []


@pytest.mark.parametrize("text", MESSAGES)
def test_the_id_of_a_message_is_no_address(found, text):
    assert found(text) == []
