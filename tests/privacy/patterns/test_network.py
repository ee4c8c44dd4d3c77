"""Public addresses go; versions, private ranges and the colons of programming languages stay."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog.privacy.patterns.network import _is_somebodys_v4

PUBLIC = st.integers(1 << 24, (224 << 24) - 1).map(ipaddress.IPv4Address).filter(lambda address: address.is_global)
ORDINARY = PUBLIC.map(str).filter(lambda text: len(text) > 9 and len(set(text.split("."))) > 3 and not text.endswith(".0.0"))
AROUND = ["{}", "from {} port 22", '{{"ip": "{}"}}', '\\"{}\\"', "http://{}/x", "{}:8080", "{}/24", "root@{}", "({}).", "\\n{}\\n"]
HARMLESS = [
    "127.0.0.1 10.0.0.7 192.168.1.1 172.16.0.9 169.254.1.1 192.0.2.7 198.51.100.2 203.0.113.9 224.0.0.1 255.255.255.0",
    "8.8.8.8 1.1.1.1 1.2.3.4",
    "version 10.20.30.45, v81.2.69.142, pkg==81.2.69.142, Chrome/120.11.69.14 and 81.2.69.142-rc1",
    "opencv-python   4.10.0.84",
    "section 8.2.4.44",
    "1.3.6.1.4.1.311",
    "std::vector<int> a; x[::2]; a::b::c; add::bad; dead::beef; face::f00d; ::; a::1",
    "::1 fe80::1 fc00::7 2001:db8::1 ff02::1",
    "12:30:45 2024-05-01T10:20:30 00:01:02.123",
    "aa:bb:cc:dd:ee:ff 00:00:00:00:00:00 ff:ff:ff:ff:ff:ff 00:01:02:03:04:05 01:00:5e:00:00:fb 33:33:00:00:00:01",
    "123.45.67.89 170.85.170.85 1:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2001:658:22a:cafe:200:0:0:1",
    "from 4.12.7 to 4.13.21.40 or later",
    "MD5 16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
    "2024.1234.5678 01-02-03-04-05-06",
]
SIXES = ["2606:4700:90:0:f22e:fbec:5bed:a9b9", "2a02:1210:7a00::5c1", "b2a7:1f3:9d00:12:fe01:33:7aa:9b1", "2600:1f18::ab1"]
HARDWARE = ["52:54:00:9d:0e:67", "A4-5E-60-C2-11-9F", "001b.44f1.3ab7"]


@given(ORDINARY, st.sampled_from(AROUND))
def test_a_public_address_is_found(found, address, around):
    first = [int(part) for part in address.split(".")][:3]
    if first[1] - first[0] != first[2] - first[1]:
        assert ("IP_ADDRESS", address) in found(around.format(address))


@pytest.mark.parametrize("around", ["{}", "[{}]:443", '"{}"', "addr {}.", "{}/64", "\\n{}\\n"])
@pytest.mark.parametrize("address", SIXES)
def test_a_public_address_of_version_six_is_found(found, address, around):
    assert found(around.format(address)) == [("IP_ADDRESS", address)]


@pytest.mark.parametrize("around", ["{}", "ether {} up", '"{}"', "({})"])
@pytest.mark.parametrize("address", HARDWARE)
def test_a_hardware_address_is_found(found, address, around):
    assert found(around.format(address)) == [("MAC_ADDRESS", address)]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_nobodys_or_no_address_stays(found, text):
    assert found(text) == []


def test_a_short_address_counts_where_something_says_that_it_is_one(found):
    assert found("client 5.9.1.12") == [("IP_ADDRESS", "5.9.1.12")]
    assert found("see 5.9.1.12") == []


def test_places_are_those_of_the_text_beyond_ascii_too(found):
    assert found("é漢😀 81.2.69.142 ü") == [("IP_ADDRESS", "81.2.69.142")]


@given(st.lists(ORDINARY, min_size=2, max_size=6, unique=True), st.sampled_from([" and ", " or ", ", ", "/", " to ", "|", "\\n", "\n"]))
def test_addresses_in_a_row_are_all_found(found, addresses, between):
    known = [address for address in addresses if found(f"from {address} port 22")]
    assert [value for _, value in found(f"peers {between.join(known)} left")] == known


SPECIAL = st.sampled_from([0, 10, 100, 127, 169, 172, 192, 198, 203, 224, 240, 255])
PARTS = st.tuples(SPECIAL | st.integers(0, 255), *[st.sampled_from([0, 2, 16, 18, 31, 51, 64, 113, 168, 254]) | st.integers(0, 255)] * 3)


@given(PARTS)
def test_whose_an_address_is_follows_the_registry_of_special_addresses(parts):
    address = ipaddress.IPv4Address(".".join(map(str, parts)))
    # Python knows eight of the 256 addresses for protocols, the registry all.
    if parts[:3] != (192, 0, 0):
        assert _is_somebodys_v4(list(parts)) == (address.is_global and not address.is_multicast)
