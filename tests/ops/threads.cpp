// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/ops/ops.hpp>

#include <string>
#include <vector>

// How parallel work is cut, and which piece runs first, changes no bit of any op's result or gradients.

namespace threads_test {

using namespace hadal;
using Inputs = std::vector<Tensor<float>>;
using Ids = Tensor<std::int32_t>;

/// Claims many threads and runs the pieces on the calling one, the last first. Starts none, so that the thread
/// sanitizer has nothing to see here: the runtime's executor is set by hand.
class Backwards final : public Executor {
 public:
  explicit Backwards(int threads) : threads_(threads) { runtime().executor = this; }
  ~Backwards() override { runtime().executor = &runtime().pool; }
  void run(std::int64_t tasks, Body body, const void* context) override {
    ++runs;
    detail::inside_parallel = true;
    while (tasks-- > 0) body(context, tasks);
    detail::inside_parallel = false;
  }
  int threads() const override { return threads_; }

  int runs = 0;

 private:
  int threads_;
};

template <class T>
void append(std::string& bytes, const Tensor<T>& x) {
  const Tensor<T> dense = x.contiguous();
  bytes.append(static_cast<const char*>(dense.data_address()), dense.bytes());
}

/// The bytes of what an op gives, and of the gradients of its inputs.
template <class F>
std::string bytes_of(const F& op, const std::vector<Shape>& shapes) {
  Inputs x;
  for (const Shape& shape : shapes) x.push_back(Tensor<float>::normal(shape, Key{x.size()}).set_requires_grad());
  const auto y = op(x);
  std::string bytes;
  append(bytes, y);
  using T = typename std::decay_t<decltype(y)>::value_type;
  if constexpr (is_real<T>) {
    if (y.requires_grad()) y.backward(Tensor<T>::normal(y.shape(), Key{99}));
    for (const auto& leaf : x)
      if (leaf.grad().defined()) append(bytes, leaf.grad());
  }
  return bytes;
}

template <class F>
void check(const std::string& name, const std::vector<Shape>& shapes, const F& op) {
  CAPTURE(name);
  std::string one;
  {
    Backwards executor(1);
    one = bytes_of(op, shapes);
    CHECK(executor.runs == 0);
  }
  for (int threads : {2, 3, 7}) {
    CAPTURE(threads);
    Backwards executor(threads);
    const std::string many = bytes_of(op, shapes);
    CHECK(many.size() == one.size());
    CHECK(many == one);
    executor.runs = 0;
    const GradMode off(false);
    Inputs x;
    for (const Shape& shape : shapes) x.push_back(Tensor<float>::ones(shape));
    const int making = executor.runs;
    op(x);
    CHECK(executor.runs > making);  // the op itself is cut
  }
}

/// Ids below n, any number of times.
Ids ids(const Shape& shape, std::int32_t n) {
  std::vector<std::int32_t> values;
  for (std::int64_t i = 0; i < shape.size(); ++i)
    values.push_back(
        static_cast<std::int32_t>(random_below(Key{5}, static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(n))));
  return Ids::from(values, shape);
}

/// Two different experts of E for each of N tokens.
Ids experts(std::int64_t N, std::int32_t E) {
  std::vector<std::int32_t> values;
  for (const std::int32_t e : ids({N}, E).to_vector()) {
    values.push_back(e);
    values.push_back((e + 1) % E);
  }
  return Ids::from(values, {N, 2});
}

const Shape wide{130, 523}, vector{523};

TEST_CASE("threads: elements and rows") {
  check("add", {wide, vector}, [](const Inputs& x) { return add(x[0], x[1]); });
  check("multiply", {wide, vector}, [](const Inputs& x) { return multiply(x[0], x[1]); });
  check("silu", {wide}, [](const Inputs& x) { return silu(x[0]); });
  check("swiglu", {wide, wide}, [](const Inputs& x) { return swiglu(x[0], x[1]); });
  check("cast", {wide}, [](const Inputs& x) { return cast<bf16>(x[0]); });
  check("dropout", {wide}, [](const Inputs& x) { return dropout(x[0], 0.3, Key{3}); });
  check("where", {wide, wide}, [](const Inputs& x) { return where(Tensor<bool>::full(wide, 1), x[0], x[1]); });
  check("sum", {wide}, [](const Inputs& x) { return sum(x[0], {0}); });
  check("softmax", {wide}, [](const Inputs& x) { return softmax(x[0]); });
  check("log_softmax", {wide}, [](const Inputs& x) { return log_softmax(x[0]); });
  check("rms_norm", {wide, vector}, [](const Inputs& x) { return rms_norm(x[0], x[1]); });
  check("layer_norm", {wide, vector, vector}, [](const Inputs& x) { return layer_norm(x[0], x[1], x[2]); });
  check("rope", {{4, 40, 6, 64}}, [](const Inputs& x) {
    return rope(x[0], rope_table<float, Cpu>(64, 40, 1e4), RopeLayout::interleaved);
  });
  check("cross_entropy", {wide}, [](const Inputs& x) { return cross_entropy(x[0], ids({130}, 523)); });
}

TEST_CASE("threads: moving elements") {
  check("transpose", {wide}, [](const Inputs& x) { return x[0].transpose().contiguous(); });
  check("concatenate", {wide, wide}, [](const Inputs& x) { return concatenate<float, Cpu>({x[0], x[1]}, 1); });
  check("gather", {wide}, [](const Inputs& x) { return gather(x[0], ids(wide, 523)); });
  check("index_select", {wide}, [](const Inputs& x) { return index_select(x[0], 0, ids({150}, 130)); });
  check("embedding", {wide}, [](const Inputs& x) { return embedding(x[0], ids({150}, 130)); });
  check("top_k", {{700, 131}}, [](const Inputs& x) { return top_k(x[0], 3).values; });
}

TEST_CASE("threads: products and attention") {
  check("matmul", {{260, 300}, {300, 270}}, [](const Inputs& x) { return matmul(x[0], x[1]); });
  check("linear", {wide, {200, 523}, {200}}, [](const Inputs& x) { return linear(x[0], x[1], x[2]); });
  check("attention", {{2, 70, 3, 32}, {2, 70, 3, 32}, {2, 70, 3, 32}},
        [](const Inputs& x) { return attention(x[0], x[1], x[2]); });
  check("linear_cross_entropy", {{270, 64}, {1523, 64}},
        [](const Inputs& x) { return linear_cross_entropy(x[0], x[1], ids({270}, 1523)); });
}

TEST_CASE("threads: experts") {
  check("choose_experts", {{5000, 16}}, [](const Inputs& x) { return choose_experts(x[0], Tensor<float>{}, 4); });
  check("expert_weights", {{20000, 8}}, [](const Inputs& x) {
    return expert_weights(exp(x[0]), experts(20000, 8), 2.5, true);
  });
  check("expert_load", {}, [](const Inputs&) { return expert_load(experts(24000, 8), 8, 8); });
  check("balance_loss", {{24000, 8}}, [](const Inputs& x) {
    return balance_loss(exp(x[0]), expert_load(experts(24000, 8), 8, 8), 0.5, true);
  });
  check("dispatch", {{1000, 150}}, [](const Inputs& x) { return dispatch(x[0], plan_experts(experts(1000, 5), 5)); });
  check("combine", {{2000, 150}, {1000, 2}},
        [](const Inputs& x) { return combine(x[0], x[1], plan_experts(experts(1000, 5), 5)); });
  check("grouped_linear", {{1700, 130}, {5, 140, 130}},
        [](const Inputs& x) { return grouped_linear(x[0], x[1], Ids::from({0, 50, 50, 800, 1699, 1700}, {6})); });
}

}  // namespace threads_test
