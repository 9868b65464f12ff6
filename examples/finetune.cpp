// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// Trains a published DeepSeek model further on a text, and saves it as a folder of the same kind.
// Usage: finetune DIR TEXT OUT [STEPS [RATE [BATCH [LENGTH]]]]
// DIR holds config.json, the weights and tokenizer.json. The last tenth of the text is held out and measured before and
// after. All is trained in float; the routers' biases stand still. OUT can be trained further in the same way.
// after: demo
// test: ../demo/demo/model ../../../../../README.md tuned 3 1e-4 2 16

#include <hadal/models/deepseek/pretrained.hpp>
#include <hadal/optim/optim.hpp>
#include <hadal/text/text.hpp>
#include <hadal/train/train.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

using namespace hadal;

namespace {

struct Options {
  int steps = 100;
  double rate = 1e-5;
  std::int64_t batch = 4, length = 256;
};

/// Rows of n ids from the places `where` names.
template <class F>
Tensor<std::int32_t> rows(const std::vector<std::int32_t>& ids, std::int64_t B, std::int64_t n, const F& where) {
  std::vector<std::int32_t> all;
  for (std::int64_t b = 0; b < B; ++b) {
    const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(where(b));
    all.insert(all.end(), begin, begin + n);
  }
  return Tensor<std::int32_t>::from(all, {B, n});
}

/// Mean loss of the next token over the ids, in rows of n; what is left at the end is not measured.
double measure(const DeepSeek<float>& model, const std::vector<std::int32_t>& ids, std::int64_t n) {
  const GradMode off(false);
  const std::int64_t windows = std::ssize(ids) / n;
  double sum = 0;
  for (std::int64_t w = 0; w < windows; ++w)
    sum += static_cast<double>(model.loss(rows(ids, 1, n, [&](auto) { return w * n; })).main.item());
  return sum / static_cast<double>(windows);
}

void run(const std::string& folder, const std::string& path, const std::string& out, const Options& o) {
  const Tokenizer tokenizer = Tokenizer::load(folder + "/tokenizer.json");
  auto model = load_pretrained<float>(folder);
  trainable(model);
  const std::vector<std::int32_t> ids = tokenizer.encode(read_file(path));
  HADAL_CHECK(tokenizer.vocab_size() <= model.config.vocab_size, ConfigError, folder, ": tokenizer.json has ",
              tokenizer.vocab_size(), " pieces, but vocab_size is ", model.config.vocab_size);
  const std::int64_t n = o.length + model.lookahead();
  const auto cut = static_cast<std::ptrdiff_t>(ids.size() - ids.size() / 10);
  const std::vector<std::int32_t> train(ids.begin(), ids.begin() + cut), held_out(ids.begin() + cut, ids.end());
  HADAL_CHECK(std::ssize(held_out) >= n, ValueError, path, ": must have at least ", 10 * n, " tokens, has ",
              ids.size());
  std::printf("%lld parameters, %zu tokens, held-out loss %.4f\n", static_cast<long long>(count_parameters(model)),
              ids.size(), measure(model, held_out, n));

  Optimizer optimizer = make_optimizer(model, adamw_groups());
  const WarmupCosine rate{.peak = o.rate, .warmup = std::min(10, o.steps), .total = o.steps};
  const Key key{1};
  const auto places = train.size() - static_cast<std::size_t>(n) + 1;
  for (int step = 0; step < o.steps; ++step) {
    const auto window = rows(train, o.batch, n, [&](std::int64_t b) {
      return random_below(key, static_cast<std::uint64_t>(step * o.batch + b), places);
    });
    const StepResult r = train_step(model, optimizer, {.lr = rate(step)},
                                    [&](int) { return model.loss(window, {.weight = 0.1}).total; });
    if (step % 10 == 0 || step + 1 == o.steps) std::printf("step %4d loss %.4f\n", step, r.loss);
  }
  std::printf("held-out loss %.4f\n", measure(model, held_out, n));
  save_pretrained(out, model);
  for (const char* name : {"tokenizer.json", "tokenizer_config.json"})
    if (std::filesystem::exists(folder + "/" + name)) write_file(out + "/" + name, read_file(folder + "/" + name));
  std::printf("saved in %s\n", out.c_str());
}

}  // namespace

int main(int count, char** words) {
  if (count < 4 || count > 8) {
    std::fputs("usage: finetune DIR TEXT OUT [STEPS [RATE [BATCH [LENGTH]]]]\n", stderr);
    return 2;
  }
  Options o;
  if (count > 4) o.steps = std::atoi(words[4]);
  if (count > 5) o.rate = std::atof(words[5]);
  if (count > 6) o.batch = std::atoll(words[6]);
  if (count > 7) o.length = std::atoll(words[7]);
  try {
    HADAL_CHECK(o.steps >= 1 && o.rate > 0 && o.batch >= 1 && o.length >= 1, ValueError,
                "steps, rate, batch and length must be positive");
    run(words[1], words[2], words[3], o);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "finetune: %s\n", e.what());
    return 1;
  }
}
