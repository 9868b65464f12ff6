# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT
"""The ops of benchmarks/ops/ in PyTorch, eager mode, on the same numbers. Usage: peer.py THREADS

Prints one line when ready, then answers lines of standard input: `check PART OP SIZES` with two sums over the result
(PART forward) or over the first input's gradient (PART backward), `time CALLS PART OP SIZES` with seconds a call.
"""

import sys
import time

import numpy
import torch
from torch.nn import functional as F


def numbers(shape, seed):
    i = numpy.arange(numpy.prod(shape), dtype=numpy.uint32)
    with numpy.errstate(over="ignore"):
        h = (i + numpy.uint32(seed * 0x9E3779B9 & 0xFFFFFFFF)) * numpy.uint32(0x85EBCA6B)
        h = (h ^ (h >> 15)) * numpy.uint32(0xC2B2AE35)
    return torch.from_numpy(((h >> 8).astype(numpy.float32) * numpy.float32(2**-23) - 1).reshape(shape))


def ids(shape, n, seed):
    return torch.from_numpy(((numbers(shape, seed).numpy().astype(numpy.float64) + 1) / 2 * n).astype(numpy.int64))


def rms_norm(x, weight):
    if hasattr(F, "rms_norm"):
        return F.rms_norm(x, weight.shape, weight, 1e-6)
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * weight


def rope(x, cosine, sine):
    a, b = x.chunk(2, -1)
    return torch.cat([a * cosine - b * sine, b * cosine + a * sine], -1)


def interleaved_rope(x, turns):
    return torch.view_as_real(torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2)) * turns).flatten(-2)


def angles(length, width):
    w = 10000.0 ** -(torch.arange(0, width, 2, dtype=torch.float64) / width)
    return torch.outer(torch.arange(length, dtype=torch.float64), w)[:, None]


def experts(tokens, chosen, n):
    """token of a slot, slot of a pair; the slots sorted by expert"""
    indices = ids((tokens, chosen), n, 5)
    order = indices.flatten().argsort(stable=True)
    slots = torch.empty_like(order)
    slots[order] = torch.arange(len(order))
    return torch.div(order, chosen, rounding_mode="floor"), slots


def make(name, s):
    """The op's inputs that want gradients, and the op as a function of them."""
    if name == "rms_norm":
        return [numbers(s, 1), numbers(s[-1:], 2)], rms_norm
    if name == "layer_norm":
        parts = [numbers(s, 1), numbers(s[-1:], 2), numbers(s[-1:], 3)]
        return parts, lambda x, w, b: F.layer_norm(x, w.shape, w, b)
    if name == "rope":
        a = angles(s[1], s[3])
        cosine, sine = a.cos().float(), a.sin().float()
        return [numbers(s, 1)], lambda x: rope(x, cosine, sine)
    if name == "rope_interleaved":
        a = angles(s[1], s[3])
        turns = torch.polar(torch.ones_like(a), a).to(torch.complex64)
        return [numbers(s, 1)], lambda x: interleaved_rope(x, turns)
    if name == "swiglu":
        return [numbers(s, 1), numbers(s, 2)], lambda gate, up: F.silu(gate) * up
    if name == "cross_entropy":
        targets = ids(s[:1], s[1], 3)
        return [numbers(s, 1)], lambda x: F.cross_entropy(x, targets)
    if name == "linear_cross_entropy":
        targets = ids(s[:1], s[2], 3)
        return [numbers(s[:2], 1), numbers((s[2], s[1]), 2)], lambda x, w: F.cross_entropy(x @ w.t(), targets)
    if name == "add":
        return [numbers(s, 1), numbers(s, 2)], lambda a, b: a + b
    if name == "bias":
        return [numbers(s[-1:], 2)], lambda b: b.expand(s)
    if name == "transpose":
        return [numbers(s, 1)], lambda x: x.t().contiguous()
    if name == "heads":
        return [numbers(s, 1)], lambda x: x.transpose(1, 2).contiguous()
    if name == "concatenate":
        return [numbers(s, 1), numbers(s, 2)], lambda a, b: torch.cat([a, b], -1)
    if name == "embedding":
        where = ids(s[:1], s[1], 3)
        return [numbers(s[1:], 1)], lambda w: F.embedding(where, w)
    if name == "dispatch":
        token, _ = experts(s[0], s[2], s[3])
        return [numbers(s[:2], 1)], lambda x: x.index_select(0, token)
    if name == "combine":
        _, slots = experts(s[0], s[2], s[3])
        parts = [numbers((s[0] * s[2], s[1]), 1), numbers((s[0], s[2]), 2)]
        return parts, lambda rows, w: (rows.index_select(0, slots).view(s[0], s[2], s[1]) * w[..., None]).sum(1)
    if name == "top_k":
        return [numbers(s[:2], 1)], lambda x: torch.topk(x, s[2], -1).values
    plain = {
        "softmax": lambda x: F.softmax(x, -1),
        "log_softmax": lambda x: F.log_softmax(x, -1),
        "gelu": F.gelu,
        "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
        "silu": F.silu,
        "half_width": lambda x: x.bfloat16().float(),
    }
    return [numbers(s, 1)], plain[name]


class Case:
    def __init__(self, name, sizes):
        self.inputs, self.op = make(name, sizes)
        self.result = None

    def forward(self):
        with torch.no_grad():
            return self.op(*self.inputs)

    def backward(self):
        if self.result is None:
            for x in self.inputs:
                x.requires_grad_()
            self.result = self.op(*self.inputs)
            self.seed = numbers(self.result.shape, 99)
        for x in self.inputs:
            x.grad = None
        self.result.backward(self.seed, retain_graph=True)
        return self.inputs[0].grad


def digest(x):
    x = x.contiguous().flatten().double()
    return x.abs().sum().item(), (x * (torch.arange(len(x)) % 7 + 1)).sum().item()


def main():
    torch.set_num_threads(int(sys.argv[1]))
    print("ready PyTorch", torch.__version__, flush=True)
    cases = {}
    for line in sys.stdin:
        command, *words = line.split()
        calls = int(words.pop(0)) if command == "time" else 1
        part, key = words[0], tuple(words[1:])
        if key not in cases:
            cases = {key: Case(key[0], tuple(map(int, key[1:])))}
        run = cases[key].forward if part == "forward" else cases[key].backward
        if command == "check":
            print(*digest(run()), flush=True)
            continue
        begin = time.perf_counter()
        for _ in range(calls):
            run()
        print((time.perf_counter() - begin) / calls, flush=True)


if __name__ == "__main__":
    main()
