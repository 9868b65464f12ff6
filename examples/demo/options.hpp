// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/models/deepseek/config.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <variant>
#include <vector>

/// What can be set from the command line, with the defaults of the demo.
struct Options {
  std::string text = "data/austen/austen.txt", out = "runs/demo", prompt = "Elizabeth walked alone to the village, and",
              profile;
  std::int64_t steps = 340, batch = 8, length = 256, vocab = 4096, seed = 1, threads = 0;
  std::int64_t width = 256, layers = 6, heads = 4, latent = 64, experts = 16, chosen = 4, expert_width = 128;
  std::int64_t twin_steps = 60, save_every = 100, write = 160;
  double lr = 5e-3, decay = 0.5, gamma = 0.003, next_share = 0.25, temperature = 0.7, top_p = 0.9;

  hadal::DeepSeekConfig model(std::int64_t vocab_size) const {
    hadal::DeepSeekConfig c;
    c.vocab_size = vocab_size;
    c.hidden_size = width;
    c.num_hidden_layers = layers;
    c.num_attention_heads = heads;
    c.kv_lora_rank = latent;
    c.qk_nope_head_dim = c.v_head_dim = width / heads;
    c.qk_rope_head_dim = width / heads / 2;
    c.moe_intermediate_size = expert_width;
    c.n_routed_experts = experts;
    c.n_shared_experts = 1;
    c.num_experts_per_tok = chosen;
    c.num_nextn_predict_layers = 1;
    c.max_position_embeddings = 2048;
    return c;
  }
};

struct Option {
  const char* name;
  std::variant<std::string*, std::int64_t*, double*> value;
  const char* meaning;
};

inline std::vector<Option> option_list(Options& o) {
  return {{"text", &o.text, "the text to learn; its last 5 % are held out"},
          {"out", &o.out, "folder of the run; one that exists is resumed"},
          {"prompt", &o.prompt, "where the model's own text begins"},
          {"write", &o.write, "tokens to write"},
          {"profile", &o.profile,
           "prints the time of each op and writes a trace of 3 steps for Chrome or Perfetto; none if empty"},
          {"steps", &o.steps, "training steps"},
          {"batch", &o.batch, "sequences a step"},
          {"length", &o.length, "tokens a sequence"},
          {"vocab", &o.vocab, "pieces of the vocabulary"},
          {"seed", &o.seed, "of weights, data order and sampling"},
          {"threads", &o.threads, "threads; 0: all cores"},
          {"width", &o.width, "C, model width"},
          {"layers", &o.layers, "layers"},
          {"heads", &o.heads, "H, attention heads"},
          {"latent", &o.latent, "R, width of the latent"},
          {"experts", &o.experts, "E, experts a layer"},
          {"chosen", &o.chosen, "K, experts a token chooses"},
          {"expert-width", &o.expert_width, "F, width of an expert"},
          {"lr", &o.lr, "peak learning rate"},
          {"decay", &o.decay, "share of the steps in which it falls to 0"},
          {"gamma", &o.gamma, "step of the router's bias; 0: no balancing"},
          {"next-share", &o.next_share, "share of sequences that train the second prediction"},
          {"twin-steps", &o.twin_steps, "steps of the run without balancing that is compared; 0: none"},
          {"save-every", &o.save_every, "steps between checkpoints"},
          {"temperature", &o.temperature, "of sampling"},
          {"top-p", &o.top_p, "of sampling"}};
}

inline void print_help() {
  Options o;
  std::puts("Trains a small DeepSeek-style model on English prose, measures it and lets it write.\n\noptions:");
  for (const Option& option : option_list(o)) {
    const std::string value = std::visit([](auto* v) { return hadal::join(*v); }, option.value);
    std::printf("  --%-13s %s (%s)\n", option.name, option.meaning, value.c_str());
  }
}

/// Reads `--name value` pairs. Throws ValueError for a name or a value that is not understood.
inline Options parse_options(const std::vector<std::string>& words) {
  Options o;
  const auto list = option_list(o);
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const auto known =
        std::find_if(list.begin(), list.end(), [&](const Option& x) { return words[i] == std::string("--") + x.name; });
    HADAL_CHECK(known != list.end(), hadal::ValueError, "unknown option '", words[i], "'; --help lists them");
    HADAL_CHECK(i + 1 < words.size(), hadal::ValueError, words[i], " needs a value");
    const std::string& text = words[i + 1];
    char* end = nullptr;
    if (auto* s = std::get_if<std::string*>(&known->value))
      **s = text;
    else if (auto* n = std::get_if<std::int64_t*>(&known->value))
      **n = std::strtoll(text.c_str(), &end, 10);
    else
      *std::get<double*>(known->value) = std::strtod(text.c_str(), &end);
    HADAL_CHECK(!end || (end != text.c_str() && !*end), hadal::ValueError, words[i], " needs a number, got '", text,
                "'");
  }
  HADAL_CHECK(o.steps >= 1 && o.batch >= 1 && o.length >= 2 && o.save_every >= 1 && o.twin_steps >= 0 &&
                  o.threads >= 0 && o.write >= 0,
              hadal::ValueError,
              "--steps, --batch and --save-every must be at least 1, --length at least 2, and nothing negative");
  HADAL_CHECK(o.heads >= 1 && o.width % (4 * o.heads) == 0, hadal::ValueError,
              "--width must be a multiple of 4 times --heads");
  return o;
}
