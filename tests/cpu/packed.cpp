// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <hadal/core/random.hpp>
#include <hadal/cpu/packed.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

using namespace hadal;

namespace {

constexpr PackedFormat formats[] = {PackedFormat::int8, PackedFormat::int4};

std::vector<float> random_values(std::int64_t n, std::uint64_t seed) {
  std::vector<float> v(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < v.size(); ++i)
    v[i] = static_cast<float>((random_uniform(Key{seed}, i) * 2 - 1) * (1 + random_uniform(Key{seed + 100}, i)));
  return v;
}

/// Packed matrices, and the numbers they stand for.
template <class T = float>
struct Packed {
  PackedMatrix matrix;
  std::vector<unsigned char> memory;
  std::vector<T> values;

  Packed(PackedFormat format, std::int64_t E, std::int64_t out, std::int64_t in, const std::vector<T>& from)
      : matrix{nullptr, format, E, out, in, sizeof(T)},
        memory(static_cast<std::size_t>(matrix.bytes() + 64), 0xa5),
        values(static_cast<std::size_t>(E * out * in)) {
    matrix.data = memory.data();
    cpu::pack_matrix<T>(Cpu{}, matrix, {from.data(), {E, out, in}, {out * in, in, 1}});
    cpu::unpack_matrix<T>(Cpu{}, {values.data(), {E, out, in}, in}, matrix);
  }
  bool kept_its_bounds() const {
    for (std::size_t i = static_cast<std::size_t>(matrix.bytes()); i < memory.size(); ++i)
      if (memory[i] != 0xa5) return false;
    return true;
  }
};

template <class W = float, class T = float>
std::vector<T> multiply(const PackedMatrix& m, const std::vector<T>& x, const W* bias = nullptr) {
  const std::int64_t N = static_cast<std::int64_t>(x.size()) / m.in;
  std::vector<T> y(static_cast<std::size_t>(N * m.out));
  cpu::packed_linear_forward<T, W>(Cpu{}, {y.data(), {N, m.out}, m.out}, {x.data(), {N, m.in}, m.in}, m,
                                   {bias, {bias ? m.out : 0}, m.out});
  return y;
}

template <class To, class From>
std::vector<To> converted(const std::vector<From>& v) {
  std::vector<To> out;
  for (const From x : v) out.push_back(static_cast<To>(x));
  return out;
}

/// Panels of W give what unpacked matrices of W give, for rows of T.
template <class W, class T>
void check_panels() {
  for (std::int64_t out : {1, 7, 16, 33, 100, 150})
    for (std::int64_t in : {1, 256, 301}) {
      const std::int64_t E = 3;
      const auto w = converted<W>(random_values(E * out * in, 11)), bias = converted<W>(random_values(out, 12));
      const Packed<W> p(PackedFormat::panels, E, out, in, w);
      CHECK(p.kept_its_bounds());
      CHECK(std::memcmp(p.values.data(), w.data(), w.size() * sizeof(W)) == 0);
      PackedMatrix first = p.matrix;
      first.E = 1;
      for (std::int64_t N : {1, 2, 7, 8, 9, 70}) {
        const auto x = converted<T>(random_values(N * in, 13));
        std::vector<T> y(static_cast<std::size_t>(N * out)), packed(y.size());
        const auto same = [&](const std::vector<T>& z) {
          return std::memcmp(z.data(), y.data(), y.size() * sizeof(T)) == 0;
        };
        cpu::linear_forward<T, View<const W>, W>(Cpu{}, {y.data(), {N, out}, out}, {x.data(), {N, in}, in},
                                                 {w.data(), {out, in}, in}, {bias.data(), {out}, out});
        CHECK(same(multiply<W>(first, x, bias.data())));
        const std::int32_t n = static_cast<std::int32_t>(N), offsets[] = {0, n / 3, n / 3, n};
        cpu::grouped_linear_forward<T, T, W>(Cpu{}, {y.data(), {N, out}, out}, {x.data(), {N, in}, in},
                                             {w.data(), {E, out, in}, {out * in, in, 1}}, {offsets, {4}, 4});
        cpu::packed_grouped_linear_forward<W, T>(Cpu{}, {packed.data(), {N, out}, out}, {x.data(), {N, in}, in},
                                                 p.matrix, {offsets, {4}, 4});
        CHECK(same(packed));
      }
    }
}

}  // namespace

TEST_CASE("packed: int8 weights are off by half a step of their row") {
  const std::int64_t out = 5, in = 131;
  const auto w = random_values(out * in, 1);
  const Packed<> p(PackedFormat::int8, 1, out, in, w);
  CHECK(p.kept_its_bounds());
  for (std::int64_t j = 0; j < out; ++j) {
    double most = 0;
    for (std::int64_t k = 0; k < in; ++k)
      most = std::max(most, std::abs(double(w[static_cast<std::size_t>(j * in + k)])));
    for (std::size_t i = static_cast<std::size_t>(j * in), n = i + static_cast<std::size_t>(in); i < n; ++i)
      CHECK(std::abs(double(p.values[i]) - w[i]) <= most / 254 * (1 + 1e-4));
  }
}

TEST_CASE("packed: int4 weights are off by half a step of their block, by one at its far end") {
  const std::int64_t out = 5, in = 192;
  const auto w = random_values(out * in, 2);
  const Packed<> p(PackedFormat::int4, 1, out, in, w);
  CHECK(p.kept_its_bounds());
  for (std::size_t b = 0; b < w.size(); b += 64) {
    float most = 0;
    for (std::size_t i = b; i < b + 64; ++i)
      if (std::abs(w[i]) > std::abs(most)) most = w[i];
    const double step = std::abs(double(most)) / 8, rounded = step * (1 + 0x1p-8);  // the scale is a bf16
    for (std::size_t i = b; i < b + 64; ++i) {
      const double error = std::abs(double(p.values[i]) - w[i]);
      // From -8 to 7 steps: on the side of the largest number, and 7 steps on the other, the nearest is taken.
      const bool far_end = double(w[i]) / (double(most) / -8) > 7.4;
      CHECK(error <= (far_end ? rounded * 1.02 : rounded / 2 + 8 * step * 0x1p-8));
    }
  }
}

TEST_CASE("packed: rows of zeros, and numbers that are not finite") {
  std::vector<float> w(3 * 64, 0.0f);
  w[64 + 7] = std::numeric_limits<float>::infinity();
  w[128 + 3] = 2;
  for (PackedFormat format : formats) {
    const Packed<> p(format, 1, 3, 64, w);
    CHECK(p.values[5] == 0);
    CHECK(std::isnan(p.values[64 + 7]));
    CHECK(p.values[128 + 3] == doctest::Approx(2));
    const auto y = multiply(p.matrix, std::vector<float>(64, 1.0f));
    CHECK(y[0] == 0);
    CHECK(std::isnan(y[1]));
    CHECK(y[2] == doctest::Approx(2));
    std::vector<float> x(64, 1.0f);
    x[9] = std::numeric_limits<float>::quiet_NaN();
    CHECK(std::isnan(multiply(p.matrix, x)[2]));
  }
}

TEST_CASE("packed: products are those of the numbers that weights and activations stand for") {
  for (PackedFormat format : formats)
    for (std::int64_t out : {1, 3, 4, 9, 37})
      for (std::int64_t in : {1, 63, 64, 65, 320}) {
        CAPTURE(out);
        CAPTURE(in);
        const Packed<> p(format, 1, out, in, random_values(out * in, 3));
        const auto bias = random_values(out, 4);
        const std::int64_t N = 3;
        for (bool whole : {true, false}) {  // whole numbers up to 127 are not rounded
          auto x = random_values(N * in, 5);
          if (whole)
            for (std::int64_t i = 0; i < N * in; ++i)
              x[static_cast<std::size_t>(i)] =
                  i % in == 0 ? 127.0f : std::nearbyint(60 * x[static_cast<std::size_t>(i)]);
          const auto y = multiply(p.matrix, x, bias.data());
          for (std::int64_t r = 0; r < N; ++r) {
            double most = 0;
            for (std::int64_t k = 0; k < in; ++k)
              most = std::max(most, std::abs(double(x[static_cast<std::size_t>(r * in + k)])));
            for (std::int64_t j = 0; j < out; ++j) {
              double exact = bias[static_cast<std::size_t>(j)], size = std::abs(exact), weights = 0;
              for (std::int64_t k = 0; k < in; ++k) {
                const double w = p.values[static_cast<std::size_t>(j * in + k)];
                const double v = w * x[static_cast<std::size_t>(r * in + k)];
                exact += v;
                size += std::abs(v);
                weights += std::abs(w);
              }
              // Each activation moves by at most half of most / 127; floats add up a term for each block.
              const double moved = whole ? 0 : weights * most / 254 * (1 + 1e-4);
              const double bound = moved + size * 0x1p-24 * static_cast<double>(in / 64 + 16) * 2;
              CHECK(std::abs(y[static_cast<std::size_t>(r * out + j)] - exact) <= bound);
            }
          }
        }
      }
}

TEST_CASE("packed: a row does not depend on how many there are, nor on threads") {
  const std::int64_t N = 9, out = 700, in = 2000, before = threads();
  const auto w = random_values(out * in, 6), x = random_values(N * in, 7);
  for (PackedFormat format : formats) {
    const Packed<> p(format, 1, out, in, w);
    set_threads(3);
    const auto all = multiply(p.matrix, x);
    set_threads(static_cast<int>(before));
    for (std::int64_t r = 0; r < N; ++r) {
      const auto one = multiply(p.matrix, {x.begin() + r * in, x.begin() + (r + 1) * in});
      CHECK(std::memcmp(one.data(), all.data() + r * out, one.size() * sizeof(float)) == 0);
    }
  }
}

TEST_CASE("packed: panels give the weights back, and the bits of unpacked products") {
  check_panels<float, float>();
  check_panels<bf16, bf16>();
  check_panels<bf16, float>();
  check_panels<half, half>();
  check_panels<double, double>();
}

TEST_CASE("packed: groups take their own matrices") {
  const std::int64_t E = 4, out = 11, in = 70;
  const auto w = random_values(E * out * in, 8), x = random_values(5 * in, 9);
  const std::int32_t offsets[] = {0, 2, 2, 5, 5};
  for (PackedFormat format : formats) {
    const Packed<> p(format, E, out, in, w);
    std::vector<float> y(5 * out);
    cpu::packed_grouped_linear_forward<float, float>(Cpu{}, {y.data(), {5, out}, out}, {x.data(), {5, in}, in},
                                                     p.matrix, {offsets, {5}, 5});
    for (std::int64_t r = 0; r < 5; ++r) {
      const std::int64_t e = r < 2 ? 0 : 2;
      const Packed<> single(format, 1, out, in, {w.begin() + e * out * in, w.begin() + (e + 1) * out * in});
      const auto one = multiply(single.matrix, {x.begin() + r * in, x.begin() + (r + 1) * in});
      CHECK(std::memcmp(one.data(), y.data() + r * out, one.size() * sizeof(float)) == 0);
    }
  }
}
