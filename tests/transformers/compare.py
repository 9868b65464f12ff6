#!/usr/bin/env python3
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT
"""Models that hadal has read and saved again load in transformers, with no tensor missing or left over, and give the
logits of tests/golden. Usage: compare.py PROGRAM, the golden tests. Exits with 77 where the packages are not installed."""
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import safetensors.torch
    import torch
    import transformers
except ImportError as e:
    print(f"skipped: {e}; needs torch, transformers and safetensors")
    sys.exit(77)

if int(transformers.__version__.split(".")[0]) < 5:
    print(f"skipped: transformers {transformers.__version__} is older than 5")
    sys.exit(77)

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
GOLDEN = pathlib.Path(__file__).parent.parent / "golden" / "deepseek"
worst = 0.0
with tempfile.TemporaryDirectory() as saved:
    subprocess.run([sys.argv[1], "--test-case=*saved again*"], check=True, env={**os.environ, "HADAL_SAVE_TO": saved})
    folders = sorted(pathlib.Path(saved).iterdir())
    assert len(folders) == len([f for f in GOLDEN.iterdir() if f.is_dir()]), folders
    for folder in folders:
        model, notes = transformers.AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, output_loading_info=True, attn_implementation="eager",
            experts_implementation="eager")
        predictor = f"model.layers.{model.config.num_hidden_layers}."  # which transformers does not load by itself
        left_over = [k for k in notes["unexpected_keys"] if not k.startswith(predictor)]
        assert not notes["missing_keys"] and not left_over, (folder.name, notes)
        reference = safetensors.torch.load_file(GOLDEN / folder.name / "reference.safetensors")
        expected = reference["logits"]
        with torch.no_grad():
            logits = model(input_ids=reference["ids"][:, :expected.shape[1]].long(), use_cache=False).logits
        error = ((logits - expected).norm() / expected.norm()).item()
        print(f"{folder.name}: {error:.1e}")
        worst = max(worst, error)
sys.exit(worst > 1e-5)
