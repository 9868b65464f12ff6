// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// peers: pytorch
// optional packages: python3-torch

// Ops that work row by row: bytes that must move, over time, against the machine's bandwidth and PyTorch. Each at a
// size beyond the caches and at one of a training step.
#include "ops/floor.hpp"

#include <hadal/ops/cross_entropy.hpp>
#include <hadal/ops/layer_norm.hpp>
#include <hadal/ops/rms_norm.hpp>
#include <hadal/ops/rope.hpp>
#include <hadal/ops/softmax.hpp>
#include <hadal/ops/swiglu.hpp>

using namespace hadal;

namespace {

void run(int threads) {
  bench::Floor floor("row by row, float", threads, true);
  for (const std::int64_t rows : {2048, 32768}) {
    // x, and so y and every gradient of their shape, in bytes.
    const double n = 4.0 * static_cast<double>(rows) * 768;
    const auto name = [&](const char* op) { return join(op, " ", rows, " 768"); };
    auto x = bench::numbers({rows, 768}, 1), other = bench::numbers({rows, 768}, 2);
    auto weight = bench::numbers({768}, 2), bias = bench::numbers({768}, 3);
    floor.add({name("rms_norm"), 2 * n, 3 * n, [&] { return rms_norm(x, weight); }, {&x, &weight}});
    floor.add({name("layer_norm"), 2 * n, 3 * n, [&] { return layer_norm(x, weight, bias); }, {&x, &weight, &bias}});
    floor.add({name("swiglu"), 3 * n, 5 * n, [&] { return swiglu(x, other); }, {&x, &other}});
    floor.add({name("softmax"), 2 * n, 3 * n, [&] { return softmax(x); }, {&x}});
    floor.add({name("log_softmax"), 2 * n, 3 * n, [&] { return log_softmax(x); }, {&x}});
    const auto targets = bench::ids({rows}, 768, 3);
    floor.add({name("cross_entropy"), n, 2 * n, [&] { return cross_entropy(x, targets); }, {&x}, true});

    const std::int64_t B = rows / 1024, L = 1024, H = 12, Dr = 64;
    auto heads = bench::numbers({B, L, H, Dr}, 1);
    const auto table = rope_table<float, Cpu>(Dr, L, 10000);
    floor.add({join("rope ", B, " ", L, " ", H, " ", Dr), 2 * n, 2 * n,
               [&] { return rope(heads, table, RopeLayout::half_split); }, {&heads}});
    floor.add({join("rope_interleaved ", B, " ", L, " ", H, " ", Dr), 2 * n, 2 * n,
               [&] { return rope(heads, table, RopeLayout::interleaved); }, {&heads}});
  }
}

}  // namespace

int main(int argc, char** argv) { bench::for_threads(argc, argv, run); }
