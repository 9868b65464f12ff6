// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// A row times matrices of at least 256 MB, stored as float and bf16, as they are and as panels, int8 and int4: bytes a
// second beside the machine's, weights a second beside float's, and OpenBLAS. Then many rows times a large bf16 matrix
// beside a float one.
// packages: libopenblas-dev
// libraries: openblas
#include "bench.hpp"
#include "decode/bandwidth.hpp"

#include <hadal/ops/packed_linear.hpp>

#include <cmath>

using namespace hadal;

extern "C" {
void cblas_sgemv(int order, int trans, int m, int n, float alpha, const float* a, int lda, const float* x, int incx,
                 float beta, float* y, int incy);
void openblas_set_num_threads(int threads);
}

namespace {

constexpr std::int64_t in = 8192;

void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "decode: %s computed something else\n", what);
  std::exit(1);
}

/// y against sums in double over the numbers that the weights stand for; activations may be rounded by `step` / 2.
template <class W>
void check_rows(const char* name, const Tensor<float>& x, const Tensor<W>& rows, const Tensor<float>& y, double step) {
  for (std::int64_t j = 0; j < rows.shape(0); ++j) {
    double exact = 0, weights = 0, size = 0;
    for (std::int64_t k = 0; k < in; ++k) {
      const double w = static_cast<double>(rows.data()[j * in + k]), v = w * static_cast<double>(x.data()[k]);
      exact += v, size += std::abs(v), weights += std::abs(w);
    }
    check(std::abs(static_cast<double>(y.data()[j]) - exact) <= weights * step * 0.501 + size * in * 0x1p-24, name);
  }
}

struct Format {
  const char* name;
  double weights, bytes;
  std::function<void()> multiply;
  std::vector<double> seconds = {};
};

void matrices(const bench::Report& report) {
  const auto x = Tensor<float>::normal({1, in}, Key{1});
  double most = 0;
  for (const float v : x.to_vector()) most = std::max(most, static_cast<double>(std::abs(v)));
  // 16 different rows, over and over: what the numbers are does not matter to the time.
  const auto fill = [&]<class T>(T, std::int64_t out) {
    const auto rows = Tensor<T>::normal({16, in}, Key{2}, 0, 0.02);
    auto w = Tensor<T>::empty({out, in});
    for (std::int64_t j = 0; j < out; j += 16) std::memcpy(w.data() + j * in, rows.data(), rows.bytes());
    return w;
  };
  const Tensor<float> f = fill(float{}, 8192);
  const Tensor<bf16> b = fill(bf16{}, 16384);
  Weight<bf16, Cpu> i8 = fill(bf16{}, 32768), i4 = fill(bf16{}, 65536);
  Weight<float, Cpu> f_panels = f;
  Weight<bf16, Cpu> b_panels = b;
  f_panels.pack(PackedFormat::panels);
  b_panels.pack(PackedFormat::panels);
  i8.pack(PackedFormat::int8);
  i4.pack(PackedFormat::int4);
  const auto few = [](const Weight<bf16, Cpu>& w) {  // what its first rows stand for
    Weight<bf16, Cpu> head;
    head.packed = w.packed;
    const PackedMatrix& m = w.packed.matrix;
    auto t = Tensor<float>::empty({16, in});
    for (std::int64_t j = 0; j < 16; ++j) {
      std::vector<unsigned char> row(static_cast<std::size_t>(m.row_bytes() + m.scale_bytes()));
      std::memcpy(row.data(), m.row(0, j), static_cast<std::size_t>(m.row_bytes()));
      std::memcpy(row.data() + m.row_bytes(), m.scales(0, j), static_cast<std::size_t>(m.scale_bytes()));
      unpack_matrix(Cpu{}, View<float>{t.data() + j * in, {1, 1, in}, in},
                    PackedMatrix{row.data(), m.format, 1, 1, in});
    }
    return t;
  };
  check_rows("float", x, f.slice(0, 0, 16), linear(x, f), 0);
  check_rows("bf16", x, b.slice(0, 0, 16), linear(x, b), 0);
  const auto same = [](const Tensor<float>& a, const Tensor<float>& b) {
    check(std::memcmp(a.data(), b.data(), a.bytes()) == 0, "panels");
  };
  same(linear(x, f_panels), linear(x, f));
  same(linear(x, b_panels), linear(x, b));
  check_rows("int8", x, few(i8), linear(x, i8), most / 127);
  check_rows("int4", x, few(i4), linear(x, i4), most / 127);

  std::vector<float> y(static_cast<std::size_t>(f.shape(0)));
  const auto blas = [&] { cblas_sgemv(101, 111, 8192, in, 1, f.data(), in, x.data(), 1, 0, y.data(), 1); };
  blas();
  check_rows("OpenBLAS", x, f.slice(0, 0, 16), Tensor<float>::from(y), 0);

  for (const int threads : {1, 2}) {
    set_threads(threads);
    openblas_set_num_threads(threads);
    const auto run = [&](const auto& w) {
      return [&] {
        auto out = linear(x, w);
        bench::keep(out);
      };
    };
    const auto packed_bytes = [](const auto& w) { return static_cast<double>(w.packed.matrix.bytes()); };
    std::vector<Format> formats{{"float", 8192.0 * in, static_cast<double>(f.bytes()), run(f)},
                                {"bf16", 16384.0 * in, static_cast<double>(b.bytes()), run(b)},
                                {"float panels", 8192.0 * in, packed_bytes(f_panels), run(f_panels)},
                                {"bf16 panels", 16384.0 * in, packed_bytes(b_panels), run(b_panels)},
                                {"int8", 32768.0 * in, packed_bytes(i8), run(i8)},
                                {"int4", 65536.0 * in, packed_bytes(i4), run(i4)},
                                {"OpenBLAS", 8192.0 * in, static_cast<double>(f.bytes()), blas}};
    bench::Bandwidth bandwidth(threads);
    for (int r = 0; r < 9; ++r) {
      bandwidth.measure();
      for (Format& t : formats) {
        const double begin = bench::now();
        t.multiply();
        t.seconds.push_back(bench::now() - begin);
      }
    }
    // Rows compare medians; the spread is that of our own times.
    const auto add = [&](const Format& t, const char* unit, double amount, double peer, const char* peer_name) {
      const double seconds = bench::median(t.seconds), rate = amount / seconds;
      const auto [low, high] = std::minmax_element(t.seconds.begin(), t.seconds.end());
      report.add({std::string("1 row, ") + t.name, threads, unit, rate, peer, peer_name, rate / peer,
                  (*high - *low) / seconds});
    };
    const double float_rate = formats[0].weights * 1e-9 / bench::median(formats[0].seconds);
    for (const Format& t : formats) {
      add(t, "GB/s", t.bytes * 1e-9, bandwidth.value() * 1e-9, "bandwidth");
      if (&t != formats.data()) add(t, "G weights/s", t.weights * 1e-9, float_rate, "our float");
    }
  }
}

void many_rows(const bench::Report& report) {
  for (const std::int64_t rows : {512, 2048}) {
    const auto x = Tensor<float>::normal({rows, 2048}, Key{3});
    const auto narrow = Tensor<bf16>::normal({4096, 2048}, Key{4});
    auto wide = Tensor<float>::empty({4096, 2048});
    for (std::int64_t i = 0; i < wide.size(); ++i) wide.data()[i] = narrow.data()[i];
    const auto a = linear(x, narrow), b = linear(x, wide);
    check(std::memcmp(a.data(), b.data(), a.bytes()) == 0, "bf16 storage");
    for (const int threads : {1, 2}) {
      set_threads(threads);
      const double work = 2.0 * static_cast<double>(rows) * 4096 * 2048;
      report.compare({join(rows, " rows x 4096 x 2048, bf16 stored"), threads, "GFLOP/s", work * 1e-9},
                     [&] {
                       auto y = linear(x, narrow);
                       bench::keep(y);
                     },
                     {{"our float", [&] {
                         auto y = linear(x, wide);
                         bench::keep(y);
                       }}});
    }
  }
}

}  // namespace

int main() {
  const GradMode off(false);
  const bench::Report report("decoding: rows times large matrices");
  matrices(report);
  many_rows(report);
}
