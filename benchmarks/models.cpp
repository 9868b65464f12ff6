// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// optional packages: python3-torch libopenblas0-pthread

// A training step (forward, backward, AdamW over all parameters) of whole models in float, beside PyTorch in eager
// mode: the same weights, tokens and threads, each side a process of its own, steps in turn. Both sides' losses are
// compared before anything is timed, and after every step.
// Usage: benchmark_models            the comparison
//        benchmark_models profile    one step of ours, op by op
#include "bench.hpp"
#include "models/peer.hpp"

#include <hadal/core/runtime.hpp>
#include <hadal/models/deepseek/model.hpp>
#include <hadal/models/gpt2/model.hpp>
#include <hadal/optim/optimizer.hpp>
#include <hadal/train/profiler.hpp>

#include <cmath>

namespace {

using hadal::Key;
using hadal::Tensor;

constexpr double lr = 3e-4, weight_decay = 0.1;
const hadal::AdamW adamw{0.9, 0.95, 1e-8};
constexpr int repeats = 7;

using Metadata = std::vector<std::pair<std::string, std::string>>;

struct DeepSeekCase {
  using Model = hadal::DeepSeek<float>;
  static constexpr const char* name = "deepseek";
  static constexpr std::int64_t B = 8, L = 256;

  static hadal::DeepSeekConfig config() {
    hadal::DeepSeekConfig c;
    c.vocab_size = 4096, c.hidden_size = 256, c.num_hidden_layers = 6, c.num_attention_heads = 4, c.kv_lora_rank = 64;
    c.qk_nope_head_dim = 64, c.qk_rope_head_dim = 32, c.v_head_dim = 64;
    c.moe_intermediate_size = 128, c.n_routed_experts = 16, c.n_shared_experts = 1, c.num_experts_per_tok = 4;
    c.max_position_embeddings = L;
    return c;
  }
  static std::int64_t vocabulary() { return config().vocab_size; }
  static Tensor<float> loss(const Model& model, const Tensor<std::int32_t>& window) { return model.loss(window).total; }

  /// Of a step: 3 (forward, and twice that backward) * 2 (a multiply-add) * B L * (weights that a token meets, and for
  /// each of the (L + 1) / 2 tokens it sees on average, a score and a value per head). What backward computes anew is
  /// not counted.
  static double operations() {
    const auto c = config();
    const auto C = c.hidden_size, H = c.num_attention_heads, dq = c.qk_nope_head_dim + c.qk_rope_head_dim;
    const auto attention = C * H * dq + C * (c.kv_lora_rank + c.qk_rope_head_dim) +
                           c.kv_lora_rank * H * (c.qk_nope_head_dim + c.v_head_dim) + H * c.v_head_dim * C;
    const auto experts = 3 * C * c.moe_intermediate_size * (c.num_experts_per_tok + c.n_shared_experts);
    const auto layer = attention + experts + C * c.n_routed_experts;
    const auto weights = static_cast<double>(c.num_hidden_layers * layer + C * c.vocab_size);
    const double seen = static_cast<double>(c.num_hidden_layers * H * (dq + c.v_head_dim)) * (L + 1) / 2;
    return 3 * 2.0 * B * L * (weights + seen);
  }
  static Metadata metadata() {
    const auto c = config();
    using std::to_string;
    return {{"model", "\\\"deepseek\\\""},
            {"vocab_size", to_string(c.vocab_size)},
            {"hidden_size", to_string(c.hidden_size)},
            {"num_hidden_layers", to_string(c.num_hidden_layers)},
            {"num_attention_heads", to_string(c.num_attention_heads)},
            {"kv_lora_rank", to_string(c.kv_lora_rank)},
            {"qk_nope_head_dim", to_string(c.qk_nope_head_dim)},
            {"qk_rope_head_dim", to_string(c.qk_rope_head_dim)},
            {"v_head_dim", to_string(c.v_head_dim)},
            {"moe_intermediate_size", to_string(c.moe_intermediate_size)},
            {"n_routed_experts", to_string(c.n_routed_experts)},
            {"n_shared_experts", to_string(c.n_shared_experts)},
            {"num_experts_per_tok", to_string(c.num_experts_per_tok)},
            {"max_position_embeddings", to_string(c.max_position_embeddings)},
            {"routed_scaling_factor", to_string(c.routed_scaling_factor)},
            {"rms_norm_eps", to_string(c.rms_norm_eps)},
            {"rope_theta", to_string(c.rope_theta)}};
  }
};

struct Gpt2Case {
  using Model = hadal::Gpt2<float>;
  static constexpr const char* name = "gpt2 124M";
  static constexpr std::int64_t B = 4, L = 64;

  static hadal::Gpt2Config config() { return {}; }
  static std::int64_t vocabulary() { return config().vocab_size; }
  static Tensor<float> loss(const Model& model, const Tensor<std::int32_t>& window) { return model.loss(window); }

  /// As above: 12 C^2 weights in a layer and the head; the position table and biases do not multiply.
  static double operations() {
    const auto c = config();
    const auto weights = static_cast<double>(c.n_layer * 12 * c.n_embd * c.n_embd + c.n_embd * c.vocab_size);
    const double seen = static_cast<double>(c.n_layer * 2 * c.n_embd) * (L + 1) / 2;
    return 3 * 2.0 * B * L * (weights + seen);
  }
  static Metadata metadata() {
    const auto c = config();
    using std::to_string;
    return {{"model", "\\\"gpt2\\\""},
            {"vocab_size", to_string(c.vocab_size)},
            {"n_positions", to_string(c.n_positions)},
            {"n_embd", to_string(c.n_embd)},
            {"n_layer", to_string(c.n_layer)},
            {"n_head", to_string(c.n_head)},
            {"layer_norm_epsilon", "1e-5"}};
  }
};

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

/// Multiply-add peak of `threads` cores at once.
double peak(int threads) {
  std::vector<double> each(static_cast<std::size_t>(threads));
  std::vector<std::thread> pool;
  for (double& p : each) pool.emplace_back([&p] { p = bench::peak_flops(); });
  double sum = 0;
  for (std::size_t i = 0; i < pool.size(); ++i) pool[i].join(), sum += each[i];
  return sum;
}

template <class Case>
void compare(int threads) {
  const double alone = bench::resident("VmRSS:");
  const double top = peak(threads);
  hadal::set_threads(threads);
  auto training = Training<Case>::make();
  Metadata metadata = Case::metadata();
  const std::pair<const char*, double> options[] = {
      {"lr", lr}, {"weight_decay", weight_decay}, {"beta1", adamw.beta1}, {"beta2", adamw.beta2}};
  for (const auto& [key, value] : options) metadata.emplace_back(key, std::to_string(value));
  metadata.emplace_back("eps", "1e-8");
  const std::filesystem::path folder = std::filesystem::temp_directory_path();
  const std::string file = folder / hadal::join("hadal_models_", ::getpid());
  bench::write_model(file, training.model, training.window, metadata);
  bench::Peer peer(file, threads);
  std::filesystem::remove(file);
  if (!peer.ready()) std::printf("without PyTorch: the peer did not start, for the reason above\n");

  const auto check = [&](double ours, double theirs, double tolerance) {
    HADAL_CHECK(std::abs(ours - theirs) <= tolerance * std::abs(theirs), hadal::ValueError, Case::name,
                ": the losses differ: ours ", ours, ", the peer's ", theirs);
  };
  if (peer.ready()) check(training.loss(), peer.ask("loss").first, 1e-4);
  std::vector<double> ours, theirs, ratios;
  for (int i = 0; i < repeats + 2; ++i) {
    const double begin = bench::now();
    const double loss = training.step();
    const double seconds = bench::now() - begin;
    double peer_seconds = 0;
    if (peer.ready()) {
      const auto [s, peer_loss] = peer.ask("step");
      check(loss, peer_loss, i ? 1e-3 : 1e-4);
      peer_seconds = s;
      ::usleep(100'000);  // its threads spin for a while after their work
    }
    if (i < 2) continue;  // memory is fetched from the system in the first steps
    ours.push_back(seconds), theirs.push_back(peer_seconds), ratios.push_back(peer_seconds / seconds);
  }

  const auto [low, high] = std::minmax_element(ratios.begin(), ratios.end());
  const double ratio = bench::median(ratios), spread = ratio > 0 ? (*high - *low) / ratio : 0;
  const double s = bench::median(ours), p = bench::median(theirs), operations = Case::operations();
  const bench::Report report(hadal::join(Case::name, ": ", 1e-9 * operations, " GFLOP a step, peak ", 1e-9 * top,
                                         " GFLOP/s on ", threads, threads > 1 ? " threads" : " thread"));
  const auto row = [&](const char* what, const char* unit, double a, double b, double r, double width) {
    report.add({hadal::join(Case::name, " ", what), threads, unit, a, b, peer.ready() ? peer.name() : "none",
                peer.ready() ? r : 0, width});
  };
  const auto rate = [&](const char* what, const char* unit, double amount) {
    row(what, unit, amount / s, p > 0 ? amount / p : 0, ratio, spread);
  };
  row("step", "s", s, p, ratio, spread);
  rate("tokens", "1/s", Case::B * Case::L);
  rate("operations", "GFLOP/s", 1e-9 * operations);
  rate("share of peak", "%", 100 * operations / top);
  const double state = 16.0 * static_cast<double>(hadal::count_parameters(training.model));
  const double most = bench::resident("VmHWM:");
  const auto [peer_most, peer_alone] = peer.ready() ? peer.ask("memory") : std::pair{0.0, 0.0};
  const auto memory = [&](const char* what, double a, double b) { row(what, "MB", 1e-6 * a, 1e-6 * b, b / a, 0); };
  memory("memory beyond 16 B/weight", most - state, peer_most - state);
  memory("  and the bare program", most - state - alone, peer_most - state - peer_alone);
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
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  int failed = 0;
  for (int threads = 1; threads <= std::min(cores, 2); ++threads) {
    failed |= apart([=] { profiling ? profile<DeepSeekCase>(threads) : compare<DeepSeekCase>(threads); });
    failed |= apart([=] { profiling ? profile<Gpt2Case>(threads) : compare<Gpt2Case>(threads); });
  }
  return failed;
}
