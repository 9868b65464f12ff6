// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/attention.hpp>
#include <hadal/tensor/grad_check.hpp>

using namespace hadal;

namespace {

using Options = AttentionOptions<Cpu>;

/// One way to call attention: sizes, and what its queries see.
struct Case {
  std::int64_t B, L, S, H, Hk, Dk, Dv;
  Options options = {};
};

std::vector<Case> cases() {
  const auto table = [](std::vector<std::int32_t> v, std::int64_t L) { return Tensor<std::int32_t>::from(v, {2, L}); };
  return {
      {1, 1, 1, 1, 1, 1, 1, {}},
      {2, 5, 5, 2, 2, 3, 3, {}},
      {1, 4, 7, 2, 1, 6, 4, {.scale = 0.7}},  // grouped heads, Dk != Dv, a cache before the queries
      {1, 3, 5, 4, 2, 5, 2, {.causal = false}},
      {1, 1, 131, 1, 1, 2, 1, {}},  // decoding over two blocks of keys
      {1, 5, 3, 1, 1, 2, 2, {}},  // the first two queries see no key
      {1, 3, 9, 1, 1, 2, 3, {.offset = 2}},
      {1, 3, 4, 1, 1, 2, 2, {.offset = -9}},  // nobody sees anything
      {2, 4, 4, 1, 1, 3, 2, {.first = table({0, 0, 2, 2, 0, 1, 1, 1}, 4)}},  // packed sequences
      // sliding windows, one of them empty
      {2, 3, 6, 2, 1, 2, 2, {.first = table({0, 1, 2, 3, 4, 4}, 3), .end = table({2, 3, 9, 4, 4, 6}, 3)}},
  };
}

Tensor<double> normal(const Shape& shape, std::uint64_t key) {
  return Tensor<double>::normal(shape, Key{key}).set_requires_grad();
}

}  // namespace

TEST_CASE("attention: values and gradients in double") {
  for (const Case& c : cases()) {
    CAPTURE(join("L ", c.L, " S ", c.S, " H ", c.H, " Dk ", c.Dk));
    const auto q = normal({c.B, c.L, c.H, c.Dk}, 1), k = normal({c.B, c.S, c.Hk, c.Dk}, 2);
    const auto v = normal({c.B, c.S, c.Hk, c.Dv}, 3);
    const auto f = [&] { return attention(q, k, v, c.options); };
    const auto y = f().to_vector(), expected = attention_reference(q, k, v, c.options);
    REQUIRE(y.size() == expected.size());
    for (std::size_t i = 0; i < y.size(); ++i) CHECK(std::abs(y[i] - expected[i]) < 1e-13);
    CHECK(grad_error(f, std::vector{q, k, v}) < 1e-6);
    CHECK(grad_error(f, std::vector{q, k, v}, Difference::richardson) < 1e-9);
  }
}

TEST_CASE("attention: one tensor may be queries, keys and values") {
  const auto x = normal({2, 5, 2, 3}, 4), q = normal({2, 5, 2, 3}, 5);
  CHECK(grad_error([&] { return attention(x, x, x); }, std::vector{x}) < 1e-6);
  CHECK(grad_error([&] { return attention(x, x, x); }, std::vector{x}, Difference::richardson) < 1e-9);
  CHECK(grad_error([&] { return attention(q, x, x); }, std::vector{q, x}) < 1e-6);
}

TEST_CASE("attention: views of a projection, of a cache and in any order of axes") {
  const auto fused = normal({2, 5, 2, 11}, 6), heads_first = normal({2, 2, 5, 3}, 7), last = normal({2, 5, 4, 2}, 8);
  const auto slices = [&] { return attention(fused.slice(3, 0, 4), fused.slice(3, 4, 8), fused.slice(3, 8, 11)); };
  CHECK(grad_error(slices, std::vector{fused}) < 1e-6);
  const auto turned = [&] {
    return attention(heads_first.transpose(1, 2), last.transpose(2, 3).slice(3, 0, 3), last.transpose(2, 3));
  };
  CHECK(grad_error(turned, std::vector{heads_first, last}) < 1e-6);
  const auto latents = [&] {  // multi-query attention whose values are the first columns of the keys
    const auto k = fused.slice(2, 0, 1);
    return attention(fused, k, k.slice(3, 0, 6));
  };
  CHECK(grad_error(latents, std::vector{fused}) < 1e-6);
  const auto shared = [&] {  // one key head stretched over two
    return attention(fused, fused.slice(2, 1, 2).expand({2, 5, 2, 11}), fused);
  };
  CHECK(grad_error(shared, std::vector{fused}) < 1e-6);
}

TEST_CASE("attention: a cache is read in place and decoding from it equals the full sequence bit for bit") {
  const auto q = Tensor<float>::normal({2, 140, 4, 24}, Key{9});
  const auto cache = Tensor<float>::normal({2, 160, 2, 40}, Key{10});
  const auto k = cache.slice(3, 0, 24), v = cache.slice(3, 24, 40);
  const auto full = attention(q, k.slice(1, 0, 140), v.slice(1, 0, 140));
  for (std::int64_t i : {0, 5, 127, 128, 139}) {
    const auto one = attention(q.slice(1, i, i + 1), k.slice(1, 0, i + 1), v.slice(1, 0, i + 1));
    CHECK(one.to_vector() == full.slice(1, i, i + 1).to_vector());
  }
}

TEST_CASE("attention: half widths sum in float, and their leaves' gradients are float") {
  auto q = Tensor<bf16>::normal({1, 9, 2, 18}, Key{11}), k = Tensor<bf16>::normal({1, 9, 1, 18}, Key{12});
  q.set_requires_grad();
  k.set_requires_grad();
  const auto y = attention(q, k, k);
  const auto got = y.to_vector();
  const auto expected = attention_reference(q, k, k);
  for (std::size_t i = 0; i < got.size(); ++i)
    CHECK(std::abs(got[i] - expected[i]) <= 0x1.01p-8 * std::abs(expected[i]) + 1e-6);
  y.backward(Tensor<bf16>::ones(y.shape()));
  static_assert(std::is_same_v<decltype(k.grad()), Tensor<float>>);
  CHECK(q.grad().shape() == q.shape());
  CHECK(k.grad().shape() == k.shape());
}

TEST_CASE("attention: reports its work") {
  struct : trace::Sink {
    double operations[2] = {};
    int count = 0;
    void event(const trace::Event& e) override { operations[count++] = e.operations; }
  } sink;
  const auto q = normal({2, 3, 4, 5}, 13), k = normal({2, 7, 2, 5}, 14), v = normal({2, 7, 2, 6}, 15);
  const trace::Install install(sink);
  attention(q, k, v);  // each query sees 5, 6, 7 keys
  CHECK(sink.operations[0] == 2 * 4 * 18 * 2 * (5 + 6));
  attention(q, k, v, {.causal = false});
  CHECK(sink.operations[1] == 2 * 4 * 21 * 2 * (5 + 6));
}

TEST_CASE("attention: errors name the shapes") {
  const auto t = [](const Shape& s) { return Tensor<float>::ones(s); };
  const auto q = t({2, 3, 4, 5}), k = t({2, 7, 2, 5}), v = t({2, 7, 2, 6});
  CHECK_THROWS_WITH_AS(attention(t({3, 4, 5}), k, v),
                       "attention: q must be (B, L, H, Dk) with H and Dk at least 1, got (3, 4, 5)", ShapeError);
  CHECK_THROWS_AS(attention(t({2, 3, 0, 5}), k, v), ShapeError);
  CHECK_THROWS_WITH_AS(attention(q, t({2, 7, 2, 6}), v),
                       "attention: k must be (B, S, Hk, Dk) with B and Dk of q (2, 3, 4, 5), got (2, 7, 2, 6)",
                       ShapeError);
  CHECK_THROWS_AS(attention(q, t({1, 7, 2, 5}), v), ShapeError);
  CHECK_THROWS_WITH_AS(
      attention(q, t({2, 7, 3, 5}), v),
      "attention: the heads of q (2, 3, 4, 5) must be a multiple of those of k (2, 7, 3, 5)", ShapeError);
  CHECK_THROWS_AS(attention(q, t({2, 7, 0, 5}), v), ShapeError);
  CHECK_THROWS_WITH_AS(attention(q, k, t({2, 8, 2, 6})),
                       "attention: v must be (B, S, Hk, Dv) with B, S and Hk of k (2, 7, 2, 5), got (2, 8, 2, 6)",
                       ShapeError);
  CHECK_THROWS_AS(attention(q, k, t({2, 7, 2, 0})), ShapeError);
  const auto table = Tensor<std::int32_t>::zeros({2, 7});
  CHECK_THROWS_WITH_AS(attention(q, k, v, {.first = table}),
                       "attention: first must be (B, L) of q (2, 3, 4, 5), got (2, 7)",
                       ShapeError);
  CHECK_THROWS_WITH_AS(attention(q, k, v, {.end = table}),
                       "attention: end must be (B, L) of q (2, 3, 4, 5), got (2, 7)",
                       ShapeError);
  CHECK_THROWS_AS(attention(q, k, v, {.scale = std::numeric_limits<double>::infinity()}), ValueError);
}
