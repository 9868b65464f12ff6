// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// Continues texts with a DeepSeek model in a folder as published, with every way of sampling, drafts included; --help.
// test: ../../../../../tests/golden/deepseek/v3_mtp --prompt "3 1 4" --max-tokens 8 --speculative --cache bf16 --weights int8
#include "options.hpp"

#include <hadal/models/deepseek/pretrained.hpp>
#include <hadal/text/chat.hpp>
#include <hadal/text/text.hpp>
#include <hadal/tree/pack.hpp>

#include <chrono>
#include <filesystem>
#include <sstream>

using namespace hadal;

namespace {

/// A prompt of plain numbers.
std::vector<std::int32_t> parse_ids(const std::string& text) {
  std::vector<std::int32_t> ids;
  std::istringstream words(text);
  for (std::string word; words >> word;) ids.push_back(number<std::int32_t>("prompt", word));
  return ids;
}

/// The ids of a prompt: of a message in a chat, or of the beginning of a document.
std::vector<std::int32_t> prompt_ids(const Options& o, const Tokenizer& tokenizer, const std::string& prompt) {
  if (!o.chat.empty()) {
    std::vector<ChatMessage> messages;
    if (!o.system.empty()) messages.push_back({"system", o.system});
    messages.push_back({"user", prompt});
    const ChatText chat = o.chat == "v2"   ? deepseek_v2_chat(messages)
                          : o.chat == "v3" ? deepseek_v3_chat(messages)
                                           : deepseek_r1_chat(messages);
    return chat.ids(tokenizer);
  }
  std::vector<std::int32_t> ids = tokenizer.encode_with_specials(prompt);
  const std::vector<std::int32_t>& begin = tokenizer.rules().prefix;  // what every document begins with
  ids.insert(ids.begin(), begin.begin(), begin.end());
  return ids;
}

template <class T>
void run(const Options& o, const Tokenizer* tokenizer) {
  auto model = load_pretrained<T, Cpu>(o.folder);
  if (o.weights) pack(model, *o.weights);
  std::vector<GenerateRequest> requests;
  for (const std::string& prompt : o.prompts) {
    requests.push_back(o.request);
    requests.back().prompt = tokenizer ? prompt_ids(o, *tokenizer, prompt) : parse_ids(prompt);
    for (const std::int64_t id : model.config.eos_token_id)
      requests.back().stop_tokens.push_back(static_cast<std::int32_t>(id));
    requests.back().sampling.seed += requests.size() - 1;  // equal prompts get different texts
  }
  Generator generator(model, o.generator, tokenizer);
  const bool streams = requests.size() == 1 && tokenizer && !o.show_log_probabilities;
  if (streams && o.chat.empty()) std::fputs(o.prompts[0].c_str(), stdout);
  const auto begin = std::chrono::steady_clock::now();
  const auto texts = generator.run(requests, [&](std::size_t, const GeneratedToken& token) {
    if (streams) std::fputs(token.text.c_str(), stdout), std::fflush(stdout);
    return true;
  });
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::size_t tokens = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    tokens += texts[i].tokens.size();
    if (!streams) std::printf("--- %s\n", o.prompts[i].c_str());
    if (tokenizer && !streams) std::puts(texts[i].text.c_str());
    for (std::size_t k = 0; k < texts[i].tokens.size() && (o.show_log_probabilities || !tokenizer); ++k) {
      std::printf("%d", texts[i].tokens[k].id);
      if (o.show_log_probabilities) std::printf(" %.4f", texts[i].tokens[k].log_probability);
      if (!texts[i].top.empty())
        for (const ScoredToken& t : texts[i].top[k]) std::printf("  %d %.4f", t.id, t.log_probability);
      std::puts("");
    }
  }
  const DecodeStatistics& s = generator.statistics();
  std::fprintf(stderr, "\n%zu tokens in %.2f s, %.1f a second", tokens, seconds, static_cast<double>(tokens) / seconds);
  if (o.generator.speculative)
    std::fprintf(stderr, "; acceptance %.3f, %.3f tokens per forward", s.acceptance(), s.tokens_per_forward());
  std::fputs("\n", stderr);
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  if (arguments.empty() || std::find(arguments.begin(), arguments.end(), "--help") != arguments.end())
    return print_help(), 0;
  try {
    const Options o = parse_options(arguments);
    if (o.threads > 0) set_threads(static_cast<int>(o.threads));
    std::optional<Tokenizer> tokenizer;
    if (std::filesystem::exists(o.folder + "/tokenizer.json"))
      tokenizer.emplace(Tokenizer::load(o.folder + "/tokenizer.json"));
    if (o.type == "bf16") run<bf16>(o, tokenizer ? &*tokenizer : nullptr);
    else run<float>(o, tokenizer ? &*tokenizer : nullptr);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "generate: %s\n", e.what());
    return 1;
  }
}
