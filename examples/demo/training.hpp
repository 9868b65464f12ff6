// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../../benchmarks/bench.hpp"
#include "evaluate.hpp"

#include <hadal/io/io.hpp>
#include <hadal/optim/optim.hpp>
#include <hadal/train/train.hpp>

/// Everything that a run changes, step by step.
struct Training {
  const Options& options;
  const Corpus& corpus;
  hadal::DeepSeek<> model;
  hadal::Optimizer optimizer;
  hadal::WindowSampler data;
  std::int64_t step = 0;

  Training(const Options& o, const Corpus& c)
      : options(o),
        corpus(c),
        model(make(o, c)),
        optimizer(hadal::make_optimizer(model, hadal::muon_groups())),
        data(c.train, o.length, model.lookahead(), key(o).fold("data")) {}

  static hadal::Key key(const Options& o) { return hadal::Key{static_cast<std::uint64_t>(o.seed)}; }
  static hadal::DeepSeek<> make(const Options& o, const Corpus& c) {
    auto model = hadal::DeepSeek<>::make(o.model(c.tokenizer.vocab_size()), key(o).fold("weights"));
    hadal::trainable(model);
    return model;
  }

  struct Step {
    double loss, gradient_norm;  // of the next token, nats
  };
  /// One step; `gamma` moves the routers' biases against the load that the step saw.
  Step advance(double gamma) {
    const auto warmup = std::min<std::int64_t>(20, options.steps / 10),
               fall = static_cast<std::int64_t>(options.decay * static_cast<double>(options.steps));
    const hadal::WarmupStableDecay rate{.peak = options.lr, .warmup = warmup, .decay = fall, .total = options.steps};
    const hadal::TokenBatch batch = data.next(options.batch);
    const auto window = hadal::Tensor<std::int32_t>::from(batch.tokens, {batch.rows, batch.columns});
    hadal::DeepSeekLoss<float, hadal::Cpu> loss;
    const auto result = hadal::train_step(model, optimizer, {.lr = rate(step)}, [&](int) {
      loss = model.loss(window, {.weight = 0.3, .share = options.next_share});
      return loss.total;
    });
    model.update_biases(loss.load, gamma);
    ++step;
    return {static_cast<double>(loss.main.item()), result.gradient_norm};
  }

  std::string checkpoints() const { return options.out + "/checkpoints"; }
  /// What shapes the run: a checkpoint of other settings is not resumed.
  hadal::Json settings() const {
    hadal::Json j;
    Options copy = options;
    for (const Option& option : option_list(copy)) {
      const std::string name = option.name;
      if (name == "out" || name == "prompt" || name == "write" || name == "threads" || name == "temperature" ||
          name == "top-p" || name == "save-every" || name == "twin-steps" || name == "profile")
        continue;
      std::visit([&](auto* v) { j[name] = *v; }, option.value);
    }
    return j;
  }
  void save() const {
    hadal::save_checkpoint(checkpoints(), {step, data.position(), static_cast<std::uint64_t>(options.seed), settings()},
                           model, optimizer, 2);
  }
  /// Goes on from the newest undamaged checkpoint, if there is one. Throws ConfigError when it is of other settings.
  bool resume() {
    const auto path = hadal::latest_valid_checkpoint(checkpoints());
    if (!path) return false;
    const hadal::RunState state = hadal::verify_checkpoint(*path);
    HADAL_CHECK(state.config.dump() == settings().dump(), hadal::ConfigError, *path,
                ": is of a run with other settings:\n  ", state.config.dump(), "\nthis one's are\n  ",
                settings().dump(), "\nname another folder with --out");
    hadal::load_checkpoint(*path, model, optimizer);
    step = state.step;
    data.seek(state.data_position);
    return true;
  }
};
