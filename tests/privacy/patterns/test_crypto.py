"""Wallets are found by their checksums."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def bitcoin(version: int, body: bytes) -> str:
    """An address in base58check."""
    raw = bytes([version]) + body
    raw += hashlib.sha256(hashlib.sha256(raw).digest()).digest()[:4]
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = BASE58[rest] + text
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


WALLETS = st.builds(bitcoin, st.sampled_from([0, 5]), st.binary(min_size=20, max_size=20).filter(lambda body: len(set(body)) > 8))


@given(WALLETS, st.sampled_from(["{}", "send to {}.", '{{"to": "{}"}}', "btc:{}?x=1", "\\n{}\\n"]))
def test_an_address_of_bitcoin_is_found(found, wallet, around):
    assert found(around.format(wallet)) == [("CRYPTO", wallet)]


@given(WALLETS)
def test_one_with_a_wrong_checksum_stays(found, wallet):
    assert found(wallet[:-1] + ("2" if wallet[-1] != "2" else "3")) == []


def test_ethers_addresses_count_in_mixed_case_or_beside_a_word(found):
    low = "0x" + hashlib.sha1(b"wallet").hexdigest()
    mixed = low[:20] + low[20:].upper()
    assert found(f"to {mixed}") == [("CRYPTO", mixed)]
    assert found(f"wallet {low}") == [("CRYPTO", low)]
    assert found(f"const x = {low}") == []
