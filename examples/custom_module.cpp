// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// A module of your own: a plain struct with a listing of its tensors, which is walked, counted, trained and recomputed.
// test: 20

#include <hadal/nn/linear.hpp>
#include <hadal/ops/arithmetic.hpp>
#include <hadal/ops/functions.hpp>
#include <hadal/ops/reductions.hpp>
#include <hadal/optim/optim.hpp>
#include <hadal/tensor/recompute.hpp>
#include <hadal/train/train.hpp>
#include <hadal/tree/tree.hpp>

#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace hadal;

/// y = g * tanh(x W^T + b) + (1 - g) * x,   g = sigmoid(x U^T + c)        x: (..., C) -> (..., C)
/// Source: Srivastava, Greff & Schmidhuber 2015.
template <class T = float, class D = Cpu>
struct Highway {
  Linear<T, D> change, gate;  // (C, C)

  static void visit(auto&& v, auto&... self) {
    v("change", self.change...);
    v("gate", self.gate...);
  }
  static Highway make(std::int64_t C, Key key) {
    const double s = 1 / std::sqrt(static_cast<double>(C));
    return {Linear<T, D>::make(C, C, key.fold("change"), s, true), Linear<T, D>::make(C, C, key.fold("gate"), s, true)};
  }
  Tensor<T, D> operator()(const Tensor<T, D>& x) const {
    const Tensor<T, D> g = sigmoid(gate(x));
    return g * tanh(change(x)) + (1 - g) * x;
  }
};

/// Highway layers and a projection to one number.        x: (B, C) -> (B, 1)
template <class T = float, class D = Cpu>
struct Network {
  std::vector<Highway<T, D>> layers;
  Linear<T, D> head;     // (1, C)
  bool sparing = false;  // recompute the layers in backward, instead of keeping what they save

  static void visit(auto&& v, auto&... self) {
    v("layers", self.layers...);
    v("head", self.head...);
  }
  Tensor<T, D> operator()(Tensor<T, D> x) const {
    for (const auto& layer : layers) x = sparing ? recompute(layer, x) : layer(x);
    return head(x);
  }
};

int main(int count, char** words) {
  const int steps = count > 1 ? std::atoi(words[1]) : 200;
  const std::int64_t C = 8;
  const Key key{1};
  Network<> net;
  for (std::uint64_t i = 0; i < 3; ++i) net.layers.push_back(Highway<>::make(C, key.fold("layers").fold(i)));
  net.head = Linear<>::make(C, 1, key.fold("head"), 0.3, true);
  trainable(net);

  walk([](const Place& place, const TensorBase& t) {
    std::printf("%-24s %s\n", place.name.c_str(), join(t.shape()).c_str());
  }, net);
  std::printf("%lld parameters, %zu tensors forgotten in visit\n", static_cast<long long>(count_parameters(net)),
              forgotten_members(net).size());

  // It learns the product of the first two inputs.
  const auto x = Tensor<>::normal({256, C}, key.fold("x"));
  const Tensor<> y = x.slice(1, 0, 1) * x.slice(1, 1, 2);
  const auto loss = [&](int) { return mean(square(net(x) - y)); };
  Optimizer optimizer = make_optimizer(net, {{.algorithm = AdamW{}, .weight_decay = 0}});
  double first = 0, last = 0;
  for (int step = 0; step < steps; ++step) {
    last = train_step(net, optimizer, {.lr = 1e-2}, loss).loss;
    if (step == 0) first = last;
    if (step % 50 == 0 || step + 1 == steps) std::printf("step %3d loss %.4f\n", step, last);
  }

  // Recomputing changes memory and time, not gradients.
  const auto gradient = [&](bool sparing) {
    net.sparing = sparing;
    zero_grad(net);
    loss(0).backward();
    return net.layers[0].gate.weight.grad().to_vector();
  };
  const bool same = gradient(false) == gradient(true);
  std::printf("gradients with recompute are %s\n", same ? "the same, bit for bit" : "different");
  return same && last <= first ? 0 : 1;
}
