// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// optional packages: python3-torch python3-numpy libopenblas0-pthread
// peers: openblas pytorch llm.c

// A training step (forward, backward, AdamW over all parameters) of whole models in float, beside Debian's PyTorch, the
// newest, eager and compiled, and llm.c: the same weights, tokens and threads, each side a process of its own, steps in
// turn. Both sides' losses are compared before anything is timed, and after every step.
// Usage: benchmark_models [CASE]            the comparison, of all cases or those whose name begins so
//        benchmark_models profile [CASE]    a step of ours, op by op
#include "bench.hpp"
#include "models/cases.hpp"
#include "models/files.hpp"
#include "models/llm_c.hpp"
#include "peers/peer.hpp"

#include <hadal/core/runtime.hpp>
#include <hadal/optim/optimizer.hpp>
#include <hadal/train/profiler.hpp>

#include <cmath>
#include <filesystem>
#include <memory>

namespace {

using hadal::Key;
using hadal::Tensor;

constexpr double lr = 3e-4, weight_decay = 0.1;
const hadal::AdamW adamw{0.9, 0.95, 1e-8};

/// A model with all that a training step needs.
template <class Case>
struct Training {
  Tensor<std::int32_t> window;
  typename Case::Model model;
  hadal::Optimizer optimizer;

  static Training make() {
    std::vector<std::int32_t> ids(static_cast<std::size_t>(Case::B * (Case::L + 1)));
    std::uint64_t x = 1;
    for (std::int32_t& id : ids) {
      x = x * 6364136223846793005u + 1442695040888963407u;
      id = static_cast<std::int32_t>((x >> 33) % static_cast<std::uint64_t>(Case::vocabulary()));
    }
    auto model = Case::Model::make(Case::config(), Key{1});
    hadal::trainable(model);
    auto optimizer = hadal::make_optimizer(model, {{adamw, 1, weight_decay, {}, {}}});
    return {Tensor<std::int32_t>::from(ids, {Case::B, Case::L + 1}), std::move(model), std::move(optimizer)};
  }
  double loss() const {
    return hadal::no_grad([&] { return Case::loss(model, window).item(); });
  }
  double step() {
    hadal::zero_grad(model);
    const Tensor<float> value = Case::loss(model, window);
    value.backward();
    optimizer.step(lr);
    return value.item();
  }
};

/// Multiply-add peak of `threads` cores at once: the best of some rounds, as new threads may begin on one core.
double peak(int threads) {
  double best = 0;
  for (int round = 0; round < 7; ++round) {
    std::vector<double> each(static_cast<std::size_t>(threads));
    std::vector<std::thread> pool;
    for (double& p : each) pool.emplace_back([&p] { p = bench::peak_flops(); });
    double sum = 0;
    for (std::size_t i = 0; i < pool.size(); ++i) pool[i].join(), sum += each[i];
    best = std::max(best, sum);
  }
  return best;
}

/// A peer and what was measured of it.
struct Rival {
  bench::Peer peer;
  std::vector<double> seconds, ratios;

  Rival(std::vector<std::string> command, int threads) : peer(std::move(command), threads) {}
};

/// The peers that run on this machine: PyTorch as Debian has it, the newest in eager mode and compiled, and llm.c where
/// it knows the model.
template <class Case>
std::vector<std::unique_ptr<Rival>> find_rivals(const Training<Case>& training, int threads) {
  std::vector<std::unique_ptr<Rival>> rivals;
  const auto add = [&](std::vector<std::string> command) {
    auto rival = std::make_unique<Rival>(std::move(command), threads);
    if (rival->peer.ready()) rivals.push_back(std::move(rival));
    else std::printf("skipped a peer: it did not start, for the reason above\n");
  };
  const std::filesystem::path folder = std::filesystem::temp_directory_path();
  const std::string file = folder / hadal::join("hadal_models_", ::getpid());
  bench::Metadata metadata = Case::metadata();
  using std::to_string;
  const std::pair<const char*, double> options[] = {
      {"lr", lr}, {"weight_decay", weight_decay}, {"beta1", adamw.beta1}, {"beta2", adamw.beta2}};
  for (const auto& [key, value] : options) metadata[key] = to_string(value);
  metadata["eps"] = "1e-8";
  bench::write_model(file, training.model, training.window, metadata);
  const std::string script = "benchmarks/models/peer.py";
  if (Case::with_debian) add({"/usr/bin/python3", script, file, to_string(threads)});
  if (const char* python = std::getenv("HADAL_PEER_PYTHON")) {
    add({python, script, file, to_string(threads)});
    add({python, script, file, to_string(threads), "compile"});
  }
  if constexpr (Case::with_llm_c) {
    if (const char* program = std::getenv("HADAL_PEER_LLM_C")) {
      bench::write_llm_c(file, training.model, training.window);
      add({program, file, to_string(lr), to_string(weight_decay), to_string(adamw.beta1), to_string(adamw.beta2),
           "1e-8"});
    }
  }
  std::filesystem::remove(file);
  return rivals;
}

template <class Case>
void compare(int threads) {
  const double alone = bench::resident("VmRSS:");
  const double top = peak(threads);
  hadal::set_threads(threads);
  auto training = Training<Case>::make();
  const auto rivals = find_rivals(training, threads);
  const auto check = [&](double ours, double theirs, const std::string& name, double tolerance) {
    HADAL_CHECK(std::abs(ours - theirs) <= tolerance * std::abs(theirs), hadal::ValueError, Case::name,
                ": the losses differ: ours ", ours, ", that of ", name, " ", theirs);
  };
  for (const auto& r : rivals) check(training.loss(), r->peer.ask("loss").first, r->peer.name(), 1e-4);
  std::vector<double> ours;
  for (int i = 0; i < Case::repeats + 2; ++i) {
    const double begin = bench::now();
    const double loss = training.step();
    const double seconds = bench::now() - begin;
    const bool counts = i >= 2;  // memory is fetched from the system in the first steps
    if (counts) ours.push_back(seconds);
    for (const auto& r : rivals) {
      const auto [peer_seconds, peer_loss] = r->peer.ask("step");
      check(loss, peer_loss, r->peer.name(), i ? 1e-3 : 1e-4);
      ::usleep(100'000);  // its threads spin for a while after their work
      if (counts) r->seconds.push_back(peer_seconds), r->ratios.push_back(peer_seconds / seconds);
    }
  }

  const double s = bench::median(ours), operations = Case::operations(), rate = operations / s;
  const bench::Report report(hadal::join(Case::name, ": ", 1e-9 * operations, " GFLOP a step, peak ", 1e-9 * top,
                                         " GFLOP/s on ", threads, threads > 1 ? " threads" : " thread"));
  const auto [fast, slow] = std::minmax_element(ours.begin(), ours.end());
  report.add({hadal::join(Case::name, ", peak"), threads, "GFLOP/s", 1e-9 * rate, 1e-9 * top, "peak", rate / top,
              (*slow - *fast) / s});
  const double state = 16.0 * static_cast<double>(hadal::count_parameters(training.model));
  const double most = bench::resident("VmHWM:");
  for (const auto& r : rivals) {
    const auto [low, high] = std::minmax_element(r->ratios.begin(), r->ratios.end());
    const double ratio = bench::median(r->ratios);
    report.add({hadal::join(Case::name, ", step"), threads, "s", s, bench::median(r->seconds), r->peer.name(), ratio,
                (*high - *low) / ratio});
    const auto [peer_most, peer_alone] = r->peer.ask("memory");
    const auto memory = [&](const char* what, double a, double b) {
      report.add({hadal::join(Case::name, what), threads, "MB", 1e-6 * a, 1e-6 * b, r->peer.name(), b / a, 0});
    };
    memory(", beyond 16 B a weight", most - state, peer_most - state);
    memory(", and beyond the program", most - state - alone, peer_most - state - peer_alone);
  }
}

template <class Case>
void profile(int threads) {
  const double top = peak(threads);
  hadal::set_threads(threads);
  auto training = Training<Case>::make();
  for (int i = 0; i < 3; ++i) training.step();
  constexpr int steps = 5;
  hadal::Profiler profiler;
  double seconds = 0;
  {
    const hadal::trace::Install install(profiler);
    const double begin = bench::now();
    for (int i = 0; i < steps; ++i) training.step();
    seconds = (bench::now() - begin) / steps;
  }
  std::printf("%s, %d thread(s): %.4f s a step, %.1f GFLOP/s, %.1f %% of peak %.1f\n", Case::name, threads, seconds,
              1e-9 * Case::operations() / seconds, 100 * Case::operations() / seconds / top, 1e-9 * top);
  std::fputs(profiler.table(top, steps).c_str(), stdout);
  std::printf("%-40s %10.3f ms\n\n", "in no op", 1e3 * (seconds - profiler.total().seconds / steps));
}

/// Runs f in a process of its own, whose memory nothing before has touched.
template <class F>
int apart(const F& f) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      f();
    } catch (const std::exception& e) {
      std::fprintf(stderr, "%s\n", e.what());
      std::exit(1);
    }
    std::exit(0);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  return status ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bool profiling = argc > 1 && !std::strcmp(argv[1], "profile");
  const char* wanted = argc > 1 + profiling ? argv[1 + profiling] : "";
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  int failed = 0;
  for (int threads = 1; threads <= std::min(cores, 2); ++threads) {
    const auto run = [&]<class Case>(Case) {
      if (std::strncmp(Case::name, wanted, std::strlen(wanted))) return;
      failed |= apart([=] { profiling ? profile<Case>(threads) : compare<Case>(threads); });
    };
    run(bench::DeepSeekCase{});
    run(bench::Gpt2Case<64>{});
    run(bench::Gpt2Case<512>{});
  }
  return failed;
}
