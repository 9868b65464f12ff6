# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT
"""The experts of benchmarks/ops/experts.cpp in PyTorch: a loop over the experts, each a feed-forward of its own rows.

Usage: experts.py FILE THREADS. Prints one line when ready, then answers lines of standard input: `step` with the seconds
of forward and backward, and the sum of all absolute values of the output and of the gradient of x.
"""

import os
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "peers"))
from tensors import Tensors  # noqa: E402


def main():
    torch.set_num_threads(int(sys.argv[2]))
    tensors = Tensors(sys.argv[1])
    x, weights, dy = (torch.from_numpy(tensors[name]) for name in ("x", "weights", "dy"))
    chosen = torch.from_numpy(tensors["indices"]).long()
    x.requires_grad_()
    # One parameter for each expert, as modules hold them.
    gate, up, down = ([nn.Parameter(w.clone()) for w in torch.from_numpy(tensors[name])] for name in ("gate", "up", "down"))

    def step():
        for parameter in (x, *gate, *up, *down):
            parameter.grad = None
        order = chosen.flatten().argsort(stable=True)
        token = torch.div(order, chosen.shape[1], rounding_mode="floor")
        counts = torch.bincount(chosen.flatten(), minlength=len(gate)).tolist()
        rows = x.index_select(0, token).split(counts)
        y = torch.cat([F.linear(F.silu(F.linear(r, g)) * F.linear(r, u), d) for r, g, u, d in zip(rows, gate, up, down)])
        y = torch.zeros_like(x).index_add(0, token, y * weights.flatten().index_select(0, order).unsqueeze(1))
        y.backward(dy)
        return y

    print("ready PyTorch", torch.__version__.split("+")[0], flush=True)
    for _ in sys.stdin:
        begin = time.perf_counter()
        y = step()
        seconds = time.perf_counter() - begin
        print(seconds, y.abs().sum().item() + x.grad.abs().sum().item(), flush=True)


if __name__ == "__main__":
    main()
