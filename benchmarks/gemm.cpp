// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// Products of float matrices in the three forms of a layer of `out` by `in` over `rows`: X W^T, dY W, dY^T X.
// packages: libopenblas-dev
// libraries: openblas

#include <hadal/core/random.hpp>
#include <hadal/cpu/linear.hpp>

#include "bench.hpp"

#include <cmath>
#include <string>
#include <vector>

// The two functions of OpenBLAS that are called; its header is not needed for them.
extern "C" {
void cblas_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float* a, int lda,
                 const float* b, int ldb, float beta, float* c, int ldc);
void openblas_set_num_threads(int threads);
}

namespace {

using hadal::Cpu;
using hadal::GradView;
using hadal::View;

struct Layer {
  int rows, out, in;
};

std::vector<float> random_values(std::size_t n, std::uint64_t seed) {
  std::vector<float> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = hadal::random_uniform(hadal::Key{seed}, i) * 2 - 1;
  return v;
}

/// The largest difference over the largest value.
double difference(const std::vector<float>& a, const std::vector<float>& b) {
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    largest = std::max(largest, std::abs(static_cast<double>(b[i])));
  }
  return worst / largest;
}

void run_layer(const bench::Report& report, const Layer& l, int threads, double peak) {
  constexpr int row_major = 101, plain = 111, transposed = 112;
  const auto size = [](int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); };
  const std::vector<float> x = random_values(size(l.rows, l.in), 1), w = random_values(size(l.out, l.in), 2),
                           dy = random_values(size(l.rows, l.out), 3);
  std::vector<float> y(dy.size()), dx(x.size()), dw(w.size()), y2(y), dx2(dx), dw2(dw);
  const auto view = [](auto& v, int rows, int columns) {
    return View<std::remove_reference_t<decltype(v[0])>>{v.data(), {rows, columns}, columns};
  };
  const auto xv = view(x, l.rows, l.in), wv = view(w, l.out, l.in), dyv = view(dy, l.rows, l.out);
  const auto yv = view(y, l.rows, l.out), dxv = view(dx, l.rows, l.in), dwv = view(dw, l.out, l.in);

  struct Form {
    const char* name;
    std::function<void()> ours, peer;
    const std::vector<float>&got, &expected;
  };
  const Form forms[] = {
      {"X W^T", [&] { linear_forward(Cpu{}, yv, xv, wv, View<const float>{}); },
       [&] {
         cblas_sgemm(row_major, plain, transposed, l.rows, l.out, l.in, 1, x.data(), l.in, w.data(), l.in, 0, y2.data(),
                     l.out);
       },
       y, y2},
      {"dY W", [&] { linear_backward_input(Cpu{}, GradView<float>{dxv, false}, dyv, wv); },
       [&] {
         cblas_sgemm(row_major, plain, plain, l.rows, l.in, l.out, 1, dy.data(), l.out, w.data(), l.in, 0, dx2.data(),
                     l.in);
       },
       dx, dx2},
      {"dY^T X", [&] { linear_backward_weight(Cpu{}, GradView<float>{dwv, false}, dyv, xv); },
       [&] {
         cblas_sgemm(row_major, transposed, plain, l.out, l.in, l.rows, 1, dy.data(), l.out, x.data(), l.in, 0,
                     dw2.data(), l.in);
       },
       dw, dw2},
  };
  for (const Form& f : forms) {
    f.ours();
    f.peer();
    const std::string name = hadal::join(l.rows, "x", l.out, "x", l.in, " ", f.name);
    // Both sum in float, in different orders: the sums differ by a few roundings of their terms.
    if (difference(f.got, f.expected) > 1e-4) hadal::fail<hadal::NumericError>("gemm: results differ for ", name);
    const double gflop = 2e-9 * l.rows * static_cast<double>(l.out) * l.in;
    report.compare({name, threads, "GFLOP/s", gflop}, f.ours, {{"OpenBLAS", f.peer}});
    double best = 1e9;
    for (int r = 0; r < 20; ++r) {
      const double begin = bench::now();
      f.ours();
      best = std::min(best, bench::now() - begin);
    }
    const double rate = gflop / best, most = peak * 1e-9 * threads;
    report.add({name + ", best", threads, "GFLOP/s", rate, most, "peak", rate / most, 0});
  }
}

}  // namespace

int main() {
  const double peak = bench::peak_flops();
  std::printf("multiply-add peak of a core: %.1f GFLOP/s\n", peak * 1e-9);
  const bench::Report report("float products, rows x out x in");
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  for (int threads = 1; threads <= std::min(cores, 2); ++threads) {
    hadal::set_threads(threads);
    openblas_set_num_threads(threads);
    for (const Layer& l : {Layer{64, 64, 64}, Layer{128, 128, 128}, Layer{256, 256, 256}, Layer{512, 512, 512},
                           Layer{1024, 1024, 1024}, Layer{2048, 768, 768}, Layer{2048, 3072, 768},
                           Layer{256, 50257, 768}, Layer{32, 1408, 512}, Layer{8, 1408, 512}, Layer{1, 1408, 512},
                           Layer{16, 2048, 2048}, Layer{4, 4096, 4096}, Layer{1, 4096, 4096}, Layer{2048, 576, 512},
                           Layer{2048, 256, 256}, Layer{2048, 64, 256}, Layer{2048, 4096, 256}, Layer{512, 128, 256},
                           Layer{512, 256, 128}})
      run_layer(report, l, threads, peak);
  }
}
