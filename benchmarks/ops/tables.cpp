// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// peers: pytorch
// optional packages: python3-torch

// Ops that gather and scatter rows: bytes that must move, over time, against the machine's bandwidth and PyTorch.
#include "ops/floor.hpp"

#include <hadal/ops/dispatch.hpp>
#include <hadal/ops/embedding.hpp>
#include <hadal/ops/top_k.hpp>

using namespace hadal;

namespace {

void run(int threads) {
  bench::Floor floor("rows gathered and scattered, float", threads, true);
  // name N V C: rows read and written; then rows read, and the whole table written, its zeros too.
  for (const auto& [N, V, C] : {std::array{2048, 4096, 256}, std::array{32768, 50257, 768}}) {
    auto weight = bench::numbers({V, C}, 1);
    const auto ids = bench::ids({N}, V, 3);
    const double rows = 4.0 * N * C, table = 4.0 * V * C;
    floor.add({join("embedding ", N, " ", V, " ", C), 2 * rows, rows + table, [&] { return embedding(weight, ids); },
               {&weight}});
  }
  // name tokens C chosen E
  for (const auto& [N, C, K, E] : {std::array{2048, 256, 4, 16}, std::array{8192, 768, 6, 64}}) {
    const auto plan = plan_experts(bench::ids({N, K}, E, 5), E);
    auto x = bench::numbers({N, C}, 1), rows = bench::numbers({N * K, C}, 1), weights = bench::numbers({N, K}, 2);
    const double n = 4.0 * N * C, m = K * n;
    const auto name = [&](const char* op) { return join(op, " ", N, " ", C, " ", K, " ", E); };
    floor.add({name("dispatch"), n + m, n + m, [&] { return dispatch(x, plan); }, {&x}});
    floor.add({name("combine"), n + m, n + 2 * m, [&] { return combine(rows, weights, plan); }, {&rows, &weights}});
    // Bound by its comparisons.
    auto scores = bench::numbers({N, E}, 1);
    floor.add({join("top_k ", N, " ", E, " ", K), 4.0 * N * (E + 2 * K), 0, [&] { return top_k(scores, K).values; },
               {&scores}});
  }
}

}  // namespace

int main(int argc, char** argv) { bench::for_threads(argc, argv, run); }
