// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// GPT-2 from scratch: learns a text file and writes a few lines in its manner.
// Usage: gpt2 [FILE [STEPS]]    without a file: README.md
// test: ../../../../../README.md 3

#include <hadal/generate/sampling.hpp>
#include <hadal/models/gpt2/model.hpp>
#include <hadal/optim/optim.hpp>
#include <hadal/text/text.hpp>
#include <hadal/train/train.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

using namespace hadal;

namespace {

void run(const std::string& path, int steps) {
  const std::string text = read_file(path);
  const Tokenizer tokenizer = train_bpe(text, 512);
  const std::vector<std::int32_t> ids = tokenizer.encode(text);
  const Key key{1};

  const Gpt2Config config{
      .vocab_size = tokenizer.vocab_size(), .n_positions = 64, .n_embd = 64, .n_layer = 2, .n_head = 4};
  auto model = Gpt2<>::make(config, key.fold("weights"));
  trainable(model);
  std::printf("%lld parameters, %zu tokens\n", static_cast<long long>(count_parameters(model)), ids.size());

  const std::int64_t B = 8, L = config.n_positions;
  HADAL_CHECK(std::ssize(ids) > L, ValueError, path, ": must have more than ", L, " tokens, has ", ids.size());
  // Windows of L + 1 tokens from random places; every token but the first is predicted.
  const auto windows = [&](int step) {
    std::vector<std::int32_t> tokens;
    for (std::int64_t b = 0; b < B; ++b) {
      const auto draw = static_cast<std::uint64_t>(step * B + b), places = ids.size() - static_cast<std::size_t>(L);
      const std::int32_t* begin = ids.data() + random_below(key.fold("data"), draw, places);
      tokens.insert(tokens.end(), begin, begin + L + 1);
    }
    return Tensor<std::int32_t>::from(tokens, {B, L + 1});
  };

  Optimizer optimizer = make_optimizer(model);
  const WarmupCosine rate{.peak = 3e-3, .warmup = std::min(10, steps), .total = steps};
  for (int step = 0; step < steps; ++step) {
    const auto window = windows(step);
    const StepResult r = train_step(model, optimizer, {.lr = rate(step)}, [&](int) { return model.loss(window); });
    if (step % 20 == 0 || step + 1 == steps) std::printf("step %4d loss %.3f\n", step, r.loss);
  }

  // The sample begins with the file's first tokens. Each round, the logits of the last position choose the next token.
  const GradMode off(false);
  std::vector<std::int32_t> written(ids.begin(), ids.begin() + 4);
  for (std::uint64_t draw = 0; draw < 60; ++draw) {
    const std::int64_t n = std::min(std::ssize(written), L);
    const auto last = Tensor<std::int32_t>::from(std::vector(written.end() - n, written.end()), {1, n});
    const auto logits = model.logits(last).select(1, n - 1).to_vector();
    written.push_back(sample_token(logits, {.temperature = 0.7, .top_p = 0.9, .seed = 1}, draw));
  }
  std::printf("\n%s\n", tokenizer.decode(written).c_str());
}

}  // namespace

int main(int count, char** words) {
  try {
    run(count > 1 ? words[1] : "README.md", count > 2 ? std::atoi(words[2]) : 200);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "gpt2: %s\n", e.what());
    return 1;
  }
}
