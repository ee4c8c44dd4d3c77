"""An epoch takes every row once, in batches of like length, in an order that seed and epoch alone decide."""

from hypothesis import given
from hypothesis import strategies as st

from trainer.order import LengthGrouped

lengths_of = st.lists(st.integers(1, 2000), max_size=300)


@given(lengths_of, st.integers(1, 9), st.integers(0, 3), st.integers(0, 3))
def test_every_row_comes_exactly_once_and_the_same_epoch_has_the_same_order(lengths: list[int], size: int, seed: int, epoch: int) -> None:
    order = LengthGrouped(lengths, size, seed)
    order.set_epoch(epoch)
    rows = list(order)
    assert sorted(rows) == list(range(len(lengths))) == list(range(len(order)))
    again = LengthGrouped(lengths, size, seed)
    again.set_epoch(epoch)
    assert list(again) == rows


def test_epochs_and_seeds_differ() -> None:
    lengths = [n % 37 for n in range(200)]
    orders = set()
    for seed in range(2):
        for epoch in range(3):
            order = LengthGrouped(lengths, 4, seed)
            order.set_epoch(epoch)
            orders.add(tuple(order))
    assert len(orders) == 6


def test_little_is_padded() -> None:
    lengths = [10 + (n * 7919) % 1500 for n in range(256)]

    def padded(rows: list[int]) -> int:
        return sum(8 * max(lengths[row] for row in rows[start : start + 8]) for start in range(0, len(rows), 8))

    assert padded(list(LengthGrouped(lengths, 8, 0))) < 1.15 * sum(lengths) < padded(list(range(256)))
