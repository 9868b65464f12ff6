# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT
"""Causal attention of benchmarks/ops/attention.cpp in PyTorch: its scaled_dot_product_attention, or before there was
one the softmax of masked products.

Usage: attention.py FILE THREADS. Prints one line when ready, then answers lines of standard input: `forward N`
with the seconds of one of N calls and the sum of all absolute values of y, `both N` with the seconds of forward and
backward and the sum over y and all gradients.
"""

import math
import os
import sys
import time

import torch
from torch.nn import functional as F

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "peers"))
from tensors import Tensors  # noqa: E402


def masked_softmax(q, k, v, mask):
    """softmax(q k^T / sqrt(Dk) + mask) v, as bmm and softmax do it best: heads counted with the batch."""
    scores = torch.baddbmm(mask, q.flatten(0, 1), k.flatten(0, 1).transpose(1, 2), alpha=1 / math.sqrt(q.shape[-1]))
    return torch.bmm(F.softmax(scores, -1), v.flatten(0, 1)).view(*q.shape[:3], -1)


def main():
    torch.set_num_threads(int(sys.argv[2]))
    tensors = Tensors(sys.argv[1])
    # (B, H, L, D), dense: the order its kernels like best.
    q, k, v, dy = (torch.from_numpy(tensors[name]).transpose(1, 2).contiguous() for name in ("q", "k", "v", "dy"))
    k, v = (x.expand(-1, q.shape[1], -1, -1) for x in (k, v))
    if hasattr(F, "scaled_dot_product_attention"):
        call = "F.scaled_dot_product_attention"

        def attention():
            return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    else:
        call = "bmm(F.softmax(baddbmm))"
        mask = torch.full((q.shape[2], q.shape[2]), -math.inf).triu_(1).expand(q.shape[0] * q.shape[1], -1, -1)

        def attention():
            return masked_softmax(q, k, v, mask)

    def forward():
        with torch.no_grad():
            return (attention(),)

    def both():
        for x in (q, k, v):
            x.requires_grad_()
        y = attention()
        return (y.detach(), *torch.autograd.grad(y, (q, k, v), dy))

    print("ready PyTorch", torch.__version__.split("+")[0], call, flush=True)
    for line in sys.stdin:
        command, calls = line.split()
        run = {"forward": forward, "both": both}[command]
        run()
        begin = time.perf_counter()
        for _ in range(int(calls)):
            results = run()
        seconds = (time.perf_counter() - begin) / int(calls)
        print(seconds, sum(x.abs().sum(dtype=torch.float64).item() for x in results), flush=True)


if __name__ == "__main__":
    main()
