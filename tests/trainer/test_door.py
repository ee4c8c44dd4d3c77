"""The door: what is exported is there, and opening it loads nothing heavy."""

import subprocess
import sys

import trainer


def test_every_exported_name_is_found():
    for name in trainer.__all__:
        assert getattr(trainer, name) is not None
    assert set(trainer.__all__) == set(trainer._HOMES)


def test_importing_the_trainer_and_its_plain_modules_loads_no_deep_learning_package():
    code = (
        "import sys, trainer, trainer.run, trainer.preflight, trainer.render, trainer.adapters, trainer.evaluation.run;"
        "heavy = {'torch', 'transformers', 'peft', 'safetensors', 'numpy'} & set(sys.modules); sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
