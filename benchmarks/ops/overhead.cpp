// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// What an op costs beside its kernel: one row as in decoding, with nothing recorded, recorded, and recorded and run
// backwards; the peer is the bare kernel.
#include "bench.hpp"

#include <hadal/ops/arithmetic.hpp>
#include <hadal/ops/rms_norm.hpp>
#include <hadal/ops/swiglu.hpp>

using namespace hadal;

namespace {

double seconds(const std::function<void()>& f) {
  std::vector<double> times;
  for (int r = 0; r < 9; ++r) {
    const double begin = bench::now();
    for (int k = 0; k < 20000; ++k) f();
    times.push_back((bench::now() - begin) / 20000);
  }
  return bench::median(times);
}

}  // namespace

int main() {
  set_threads(1);
  const bench::Report report("an op of one row; the peer is the bare kernel");
  for (const std::int64_t C : {16, 768}) {
    auto x = Tensor<float>::normal({1, C}, Key{1}), other = Tensor<float>::normal({1, C}, Key{2});
    auto weight = Tensor<float>::ones({C}), y = Tensor<float>::empty({1, C}), rstd = Tensor<float>::empty({1});
    const auto seed = Tensor<float>::ones({1, C});
    const auto row = [&](const char* name, const std::function<Tensor<float>()>& op,
                         const std::function<void()>& kernel) {
      const double bare = seconds(kernel);
      const auto add = [&](const char* how, double s) {
        report.add({join(name, " 1 ", C, how), 1, "us", 1e6 * s, 1e6 * bare, "kernel", bare / s, 0});
      };
      for (auto* t : {&x, &other, &weight}) t->set_requires_grad(false);
      add("", seconds([&] { op(); }));
      for (auto* t : {&x, &other, &weight}) t->set_requires_grad();
      add(", recorded", seconds([&] { op(); }));
      add(", and backward", seconds([&] {
            for (auto* t : {&x, &other, &weight}) t->zero_grad();
            op().backward(seed);
          }));
    };
    row("rms_norm", [&] { return rms_norm(x, weight); },
        [&] { rms_norm_forward(Cpu{}, y.out(), rstd.out(), x.view(), weight.view(), 1e-6); });
    row("swiglu", [&] { return swiglu(x, other); }, [&] { swiglu_forward(Cpu{}, y.out(), x.view(), other.view()); });
    row("add", [&] { return x + other; }, [&] {
      map(Cpu{}, detail::Add{}, GradView<float>{y.out()}, x.strided_view(), other.strided_view());
    });
  }
}
