// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <doctest/doctest.h>

#include <hadal/io/checkpoint.hpp>
#include <hadal/ops/linear.hpp>
#include <hadal/ops/reductions.hpp>
#include <hadal/train/step.hpp>

#include "io/scratch.hpp"

#include <sys/wait.h>
#include <unistd.h>

// A run that is killed again and again, at any moment, ends with the bytes of one that was left alone.

using namespace hadal;

namespace {

struct Model {
  std::int64_t width = 24;
  Tensor<float> in = Tensor<float>::normal({width, 8}, Key{1}), out = Tensor<float>::normal({1, width}, Key{2}),
                bias = Tensor<float>::zeros({width});
  static void visit(auto&& v, auto&... m) {
    v("in.weight", m.in...);
    v("out.weight", m.out...);
    v("in.bias", m.bias...);
  }
};

/// Goes on from the newest checkpoint, if there is one, up to the last step.
void run(const std::string& folder, std::int64_t width = 24, std::int64_t rows = 1) {
  const std::int64_t last = 30;
  Model m{width};
  trainable(m);
  Optimizer optimizer = make_optimizer(m, muon_groups());
  RunState state;
  state.seed = 7;
  if (const auto newest = latest_checkpoint(folder)) state = load_checkpoint(*newest, m, optimizer);
  while (state.step < last) {
    train_step(m, optimizer, {0.01, 2, 1}, [&](int) {
      const auto x =
          Tensor<float>::normal({rows, 8}, Key{state.seed}.fold(static_cast<std::uint64_t>(state.data_position++)));
      return mean(linear(linear(x, m.in, m.bias), m.out));
    });
    ++state.step;
    if (state.step % 3 == 0) save_checkpoint(folder, state, m, optimizer, 2);
  }
}

}  // namespace

TEST_CASE("a run killed at twenty random moments and resumed equals one left alone, byte for byte") {
  const ScratchFolder folder;
  const std::string whole = folder / "whole", killed = folder / "killed";
  run(whole);
  int kills = 0;
  for (std::uint64_t i = 0; i < 200 && kills < 20; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      run(killed);
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(500 + random_below(Key{5}, i, 30000)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) ++kills;
    else std::filesystem::remove_all(killed);  // it was done already: once more from the start
  }
  CHECK(kills == 20);
  run(killed);
  CHECK(latest_checkpoint(whole) == whole + "/step-000030");
  for (const char* step : {"/step-000027", "/step-000030"})
    for (const char* file : {"/model.safetensors", "/optimizer.safetensors", "/state.json"})
      CHECK(read_file(whole + step + file) == read_file(killed + step + file));
}

TEST_CASE("runs with 1, 2 and 3 threads end with the same bytes") {
  const ScratchFolder folder;
  const int before = threads();
  for (int n : {1, 2, 3}) {
    set_threads(n);
    run(folder / std::to_string(n), 384, 512);  // enough work for a product, a sum and an update to be cut
  }
  set_threads(before);
  for (const char* other : {"2", "3"})
    for (const char* file : {"/model.safetensors", "/optimizer.safetensors", "/state.json"})
      CHECK(read_file(folder / "1/step-000030" + file) ==
            read_file(folder / std::string(other) + "/step-000030" + file));
}
