// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// Optimizers over all parameters of a model: bytes that must move, over time, against the machine's bandwidth; Muon's
// operations against the multiply-add peak.
#include "ops/floor.hpp"

#include <hadal/optim/clipping.hpp>
#include <hadal/optim/optimizer.hpp>
#include <hadal/tree/parameters.hpp>

using namespace hadal;

namespace {

/// GPT-2's shapes by layer; the last is a stack of experts, each a matrix of its own.
template <class T>
struct Parameters {
  std::vector<Tensor<T>> list;

  static Parameters make(const std::vector<Shape>& shapes) {
    Parameters p;
    std::uint64_t key = 1;
    for (const Shape& shape : shapes) p.list.push_back(Tensor<T>::uniform(shape, Key{key++}, -1, 1));
    trainable(p);
    for (const Tensor<T>& t : p.list) t.slot()->gradient = bench::numbers(t.shape(), 7);
    return p;
  }
  static void visit(auto&& v, auto&... self) { v("list", self.list...); }
};

std::vector<Shape> layers(std::int64_t n, std::int64_t C) {
  std::vector<Shape> shapes;
  for (std::int64_t i = 0; i < n; ++i)
    for (const Shape& s : {Shape{C}, Shape{3 * C, C}, Shape{3 * C}, Shape{C, C}, Shape{C}, Shape{4 * C, C},
                           Shape{4 * C}, Shape{C, 4 * C}, Shape{C}})
      shapes.push_back(s);
  return shapes;
}

template <class T>
void elementwise(bench::Floor& floor, const char* type, std::int64_t n, std::int64_t C) {
  const auto p = Parameters<T>::make(layers(n, C));
  const double size = static_cast<double>(count_parameters(p));
  const auto name = [&](const char* what) { return join(what, ", ", type, ", ", 1e-6 * size, " M"); };
  // weight or master, both moments: read and written; gradient: read; a weight of half width: written.
  const double state = 28 + (std::is_same_v<T, float> ? 0 : sizeof(T));
  auto adamw = make_optimizer(p, {{AdamW{}, 1, 0.1, {}, {}}});
  floor.add(name("AdamW"), state * size, true, [&] { adamw.step(1e-4); });
  floor.add(name("gradient norm"), 4 * size, false, [&] { gradient_norm(p); });
  const double norm = gradient_norm(p);
  floor.add(name("gradients clipped"), 12 * size, true, [&] { clip_gradients(p, 1e-9 * norm); });
}

void muon(bench::Floor& floor, int threads, const char* name, const std::vector<Shape>& shapes) {
  struct Work : trace::Sink {
    double operations = 0;
    void event(const trace::Event& e) override { operations += e.operations; }
  } work;
  const auto p = Parameters<float>::make(shapes);
  auto optimizer = make_optimizer(p, {{Muon{}, 1, 0.1, {}, {}}});
  {
    const trace::Install install(work);
    optimizer.step(1e-4);
  }
  std::vector<double> times;
  for (int r = 0; r < 5; ++r) {
    const double begin = bench::now();
    optimizer.step(1e-4);
    times.push_back(bench::now() - begin);
  }
  const double rate = work.operations / bench::median(times), peak = threads * bench::peak_flops();
  floor.report().add({name, threads, "GFLOP/s", 1e-9 * rate, 1e-9 * peak, "peak", rate / peak, 0});
}

void run(int threads) {
  bench::Floor floor("optimizers", threads);
  elementwise<float>(floor, "float", 1, 256);
  elementwise<float>(floor, "float", 12, 768);
  elementwise<bf16>(floor, "bf16", 12, 768);
  muon(floor, threads, "Muon, 2 layers of 768", {{2304, 768}, {768, 768}, {3072, 768}, {768, 3072},
                                                  {2304, 768}, {768, 768}, {3072, 768}, {768, 3072}});
  muon(floor, threads, "Muon, 64 experts 128 x 256", {{64, 128, 256}, {64, 128, 256}, {64, 256, 128}});
}

}  // namespace

int main(int argc, char** argv) { bench::for_threads(argc, argv, run); }
