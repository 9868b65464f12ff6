// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// peers: pytorch
// optional packages: python3-torch

// Ops that work element by element, copies and column sums: bytes that must move, over time, against the machine's
// bandwidth and PyTorch. Each at a size beyond the caches and at one of a training step.
#include "ops/floor.hpp"

#include <hadal/cpu/sum_of_squares.hpp>
#include <hadal/ops/arithmetic.hpp>
#include <hadal/ops/cast.hpp>
#include <hadal/ops/concatenate.hpp>
#include <hadal/ops/dropout.hpp>
#include <hadal/ops/functions.hpp>
#include <hadal/ops/linear.hpp>

using namespace hadal;

namespace {

void run(int threads) {
  bench::Floor floor("element by element, float", threads, true);
  for (const std::int64_t rows : {2048, 32768}) {
    const double n = 4.0 * static_cast<double>(rows) * 768;
    const auto name = [&](const char* op) { return join(op, " ", rows, " 768"); };
    auto x = bench::numbers({rows, 768}, 1), other = bench::numbers({rows, 768}, 2);
    // A gradient that is only passed on moves nothing: the first sum adopts it, a second one copies.
    floor.add({name("add"), 3 * n, 0, [&] { return x + other; }, {&x, &other}});
    floor.add({name("gelu"), 2 * n, 3 * n, [&] { return gelu(x); }, {&x}});
    floor.add({name("gelu_tanh"), 2 * n, 3 * n, [&] { return gelu_tanh(x); }, {&x}});
    floor.add({name("silu"), 2 * n, 3 * n, [&] { return silu(x); }, {&x}});
    floor.add({name("half_width"), 3 * n, 3 * n, [&] { return cast<float>(cast<bf16>(x)); }, {&x}});
    floor.add({name("transpose"), 2 * n, 2 * n, [&] { return x.transpose().contiguous(); }, {&x}});
    floor.add({name("concatenate"), 4 * n, 4 * n, [&] { return concatenate<float, Cpu>({x, other}, 1); },
               {&x, &other}});
    const std::int64_t B = rows / 1024;
    auto heads = bench::numbers({B, 1024, 12, 64}, 1);
    floor.add({join("heads ", B, " 1024 12 64"), 2 * n, 2 * n, [&] { return heads.transpose(1, 2).contiguous(); },
               {&heads}});

    auto y = Tensor<float>::empty(x.shape());
    auto sums = Tensor<float>::empty({768});
    floor.add(name("bias gradient"), n, false,
              [&] { linear_backward_bias(Cpu{}, GradView<float>{sums.out()}, x.view()); });
    floor.add(name("sum_to"), n, false, [&] { sum_to(Cpu{}, sums.out(), x.strided_view()); });
    floor.add(name("sum_of_squares"), n, false, [&] { sum_of_squares(Cpu{}, x.view()); });
    floor.add(name("scale_in_place"), 2 * n, true, [&] { scale_in_place(Cpu{}, y.out(), 1.0); });
    floor.add(name("fill"), n, true, [&] { fill(Cpu{}, y.out(), 1.0f); });
    floor.add(name("dropout"), 2 * n, true, [&] { dropout_forward(Cpu{}, y.out(), x.view(), 0.1, Key{1}); });
    floor.add(name("dropout, on top"), 3 * n, true,
              [&] { dropout_backward(Cpu{}, GradView<float>{y.out(), true}, x.view(), 0.1, Key{1}); });
  }
}

}  // namespace

int main(int argc, char** argv) { bench::for_threads(argc, argv, run); }
