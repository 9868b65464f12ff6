// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// A multilayer perceptron learns to tell two spirals apart, and draws what it believes.
// test: 10

#include <hadal/nn/linear.hpp>
#include <hadal/ops/cross_entropy.hpp>
#include <hadal/ops/functions.hpp>
#include <hadal/ops/reductions.hpp>
#include <hadal/optim/optim.hpp>
#include <hadal/train/train.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numbers>

using namespace hadal;

struct Mlp {
  std::vector<Linear<>> layers;

  static void visit(auto&& v, auto&... self) { v("layers", self.layers...); }

  static Mlp make(const std::vector<std::int64_t>& widths, Key key) {
    Mlp m;
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
      const double deviation = 1 / std::sqrt(static_cast<double>(widths[i]));
      m.layers.push_back(Linear<>::make(widths[i], widths[i + 1], key.fold(i), deviation, true));
    }
    return m;
  }
  /// x: (B, in) -> (B, out)
  Tensor<> operator()(Tensor<> x) const {
    for (std::size_t i = 0; i < layers.size(); ++i) x = i == 0 ? layers[i](x) : layers[i](silu(x));
    return x;
  }
};

int main(int count, char** words) {
  const int steps = count > 1 ? std::atoi(words[1]) : 600;

  // Two arms of 200 points, each winding around the middle one and a half times.
  std::vector<float> points;
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 400; ++i) {
    const int arm = i % 2;
    const double t = (i / 2) / 200.0, angle = std::numbers::pi * (3 * t + arm), radius = 0.1 + 0.85 * t;
    points.push_back(static_cast<float>(radius * std::cos(angle)));
    points.push_back(static_cast<float>(radius * std::sin(angle)));
    labels.push_back(arm);
  }
  const auto x = Tensor<>::from(points, {400, 2});
  const auto y = Tensor<std::int32_t>::from(labels, {400});

  Mlp model = Mlp::make({2, 48, 48, 2}, Key{7});
  trainable(model);
  Optimizer optimizer = make_optimizer(model, {{.algorithm = AdamW{}, .weight_decay = 0.01}});
  const WarmupCosine rate{.peak = 2e-2, .warmup = std::min(10, steps), .total = steps};
  for (int step = 0; step < steps; ++step) {
    const auto loss = [&](int) { return cross_entropy(model(x), y); };
    const StepResult r = train_step(model, optimizer, {.lr = rate(step)}, loss);
    if (step % 100 == 0 || step + 1 == steps) std::printf("step %3d loss %.4f\n", step, r.loss);
  }

  const GradMode off(false);
  const auto right = [&](const std::vector<std::int32_t>& guess) {
    int n = 0;
    for (std::size_t i = 0; i < guess.size(); ++i) n += guess[i] == labels[i];
    return n;
  };
  std::printf("accuracy %.1f %%\n", right(argmax(model(x), 1).to_vector()) / 4.0);

  // The plane by class: '.' and ' '; the points of the two arms: 'o' and '+'.
  const int rows = 31, columns = 62;
  std::vector<float> grid;
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) {
      grid.push_back(2 * static_cast<float>(c) / (columns - 1) - 1);
      grid.push_back(1 - 2 * static_cast<float>(r) / (rows - 1));
    }
  std::string picture;
  const Tensor<> believed = model(Tensor<>::from(grid, {rows * columns, 2}));
  for (std::int32_t k : argmax(believed, 1).to_vector()) picture += k ? ' ' : '.';
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto c = std::lround((points[2 * i] + 1) / 2 * (columns - 1));
    const auto r = std::lround((1 - points[2 * i + 1]) / 2 * (rows - 1));
    picture[static_cast<std::size_t>(r * columns + c)] = labels[i] ? '+' : 'o';
  }
  for (int r = 0; r < rows; ++r) std::printf("%.*s\n", columns, picture.c_str() + r * columns);
}
