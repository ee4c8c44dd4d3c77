"""Signals: the first is noted down, the second does what it always did."""

import os
import signal
import threading

import pytest

from trainer.loop.signals import stop_on_signal


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_noted_and_the_handlers_come_back(number):
    before = signal.getsignal(number)
    with stop_on_signal() as stop:
        assert not stop
        os.kill(os.getpid(), number)
        assert stop
        assert stop.by == number.name
    assert signal.getsignal(number) is before


def test_the_second_interrupt_stops_at_once():
    with stop_on_signal() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_outside_of_the_main_thread_nothing_is_caught():
    seen = []

    def work():
        before = signal.getsignal(signal.SIGTERM)
        with stop_on_signal() as stop:
            seen.append(bool(stop) or signal.getsignal(signal.SIGTERM) is not before)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False]
