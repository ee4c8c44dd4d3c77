"""The loss plot: what it shows, what it leaves out, and that nothing of it can stop a run."""

import builtins
import math
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog._io.jsonl import dump_line
from agentlog.errors import MissingExtraError
from trainer.listener import Checkup, Listener
from trainer.loop import plot
from trainer.loop.plot import PLOT, Curve, Plotting, loss_plot, smoothed

CURVE = Curve([(step, 3.0 / step) for step in range(1, 40)], [(0, 3.0), (20, 1.0), (39, 0.9)])
CHECKUP = Checkup(step=5, epoch=1.0, val_loss=0.5, prompt="", answer="", reference="")


def text_of(svg: str) -> str:
    return " ".join(ElementTree.fromstring(svg).itertext())


def metrics(folder: Path, *lines: dict) -> Path:
    file = folder / "metrics.jsonl"
    file.write_bytes(b"".join(dump_line(line) for line in lines))
    return file


class Heard(Listener):
    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.ended = False

    def warning(self, text):
        self.warnings.append(text)

    def end(self):
        self.ended = True


def test_the_picture_names_its_curves_and_the_kept_step():
    said = text_of(loss_plot("Loss of run-7", CURVE, kept=20))
    for words in ("Loss of run-7", "training, each step", "running median", "validation", "kept: step 20", "optimizer step"):
        assert words in said


def test_equal_numbers_give_equal_bytes_and_nothing_is_fetched_from_anywhere():
    drawn = loss_plot("a & b <c>", CURVE, 20)
    assert drawn == loss_plot("a & b <c>", CURVE, 20)
    assert "prefers-color-scheme: dark" in drawn
    assert "#01020" not in drawn
    assert "http" not in drawn.replace('xmlns="http://www.w3.org/2000/svg"', "").replace('xmlns:xlink="http://www.w3.org/1999/xlink"', "")


def test_one_leap_is_marked_and_does_not_press_the_rest_flat():
    leap = Curve([*CURVE.train, (40, 900.0)], [])
    assert "above the picture" in text_of(loss_plot("leap", leap))
    assert "above the picture" not in text_of(loss_plot("calm", CURVE))


def test_a_curve_far_above_zero_fills_the_picture():
    """Ten steps of a model that begins at 10.4 would be a flat line at the upper edge."""
    high = Curve([(step, 10.4 - step / 50) for step in range(1, 11)], [(0, 10.4), (10, 10.2)])
    said = text_of(loss_plot("high", high))
    assert "10.3" in said
    assert "2.5" not in said
    assert "0.0" in text_of(loss_plot("usual", CURVE))


def test_thousands_of_steps_are_drawn_in_a_small_file():
    long = Curve([(step, 1 + math.sin(step) / 9) for step in range(30_000)], [])
    assert len(loss_plot("long", long)) < 200_000


def test_torn_lines_and_losses_that_are_no_numbers_are_left_out(tmp_path):
    file = metrics(tmp_path, {"event": "step", "step": 1, "loss": 2.0}, {"event": "step", "step": 2, "loss": None})
    with file.open("ab") as out:
        out.write(b'{"event": "checkup", "step": 2, "val_loss": 1.5}\n{"event": "st')
    assert Curve.of(file) == Curve([(1, 2.0)], [(2, 1.5)])
    assert Curve.of(tmp_path / "none.jsonl") == Curve([], [])


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60))
def test_the_running_median_lies_between_the_least_and_the_greatest(losses):
    made = smoothed(list(enumerate(losses)))
    assert [step for step, _ in made] == list(range(len(losses)))
    assert all(min(losses) <= loss <= max(losses) for _, loss in made)


def test_a_run_is_drawn_at_its_check_ups_and_at_its_end(tmp_path):
    metrics(tmp_path, {"event": "step", "step": 5, "loss": 2.0})
    heard = Heard()
    plotting = Plotting(tmp_path, "metrics.jsonl", heard)
    plotting.checkup(CHECKUP)
    assert (tmp_path / PLOT).is_file()
    (tmp_path / PLOT).unlink()
    plotting.checkup(CHECKUP)
    assert not (tmp_path / PLOT).exists(), "pictures take a hundredth of a run's time and no more"
    plotting.end()
    assert (tmp_path / PLOT).is_file()
    assert heard.ended
    assert heard.warnings == []
    assert "kept: step 5" in text_of((plotting.draw(kept=5) or tmp_path).read_text())


def test_a_run_of_which_nothing_is_known_has_no_picture(tmp_path):
    assert Plotting(tmp_path, "metrics.jsonl", Heard()).draw() is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "error", [MissingExtraError("matplotlib is not installed: pip install 'agentlog[train]'"), OSError(28, "No space left on device")]
)
def test_a_picture_that_cannot_be_drawn_is_said_once_and_stops_nothing(tmp_path, monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(plot, "loss_plot", fail)
    metrics(tmp_path, {"event": "step", "step": 5, "loss": 2.0})
    heard = Heard()
    plotting = Plotting(tmp_path, "metrics.jsonl", heard)
    plotting.checkup(CHECKUP)
    plotting.end()
    assert plotting.draw() is None
    assert len(heard.warnings) == 1
    assert heard.warnings[0].startswith("no loss plot: ")


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name.startswith("matplotlib"):
            raise ModuleNotFoundError(f"No module named {name!r}", name="matplotlib")
        return real(name, *rest, **more)

    import sys

    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setattr("importlib.import_module", lambda name: without(name))
    with pytest.raises(MissingExtraError, match=r"agentlog\[train\]"):
        loss_plot("x", CURVE)
