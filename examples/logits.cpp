// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// Writes the logits that a published DeepSeek model gives for token ids, to be compared with other implementations.
// Usage: logits DIR IDS.txt OUT.safetensors [--mtp] [--cache]
// DIR holds config.json and the weights; IDS.txt one sequence a line, all of one length L. OUT gets `logits` (B, L, V),
// float; with --mtp also `mtp_logits` (B, L - 1, V): what the multi-token prediction layer gives for the token after
// the next. With --cache both are computed token by token over a cache, as in generation.
// test: ../../../../../tests/golden/deepseek/v3_mtp ../../../../../tests/golden/deepseek/ids.txt out.safetensors --mtp --cache

#include <hadal/io/write_safetensors.hpp>
#include <hadal/models/deepseek/pretrained.hpp>
#include <hadal/ops/concatenate.hpp>

#include <cstdio>
#include <sstream>

using namespace hadal;

namespace {

Tensor<std::int32_t> read_ids(const std::string& path) {
  std::istringstream lines(read_file(path));
  std::vector<std::int32_t> ids;
  std::int64_t B = 0, L = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::int64_t n = 0;
    for (std::int32_t id; words >> id; ++n) ids.push_back(id);
    HADAL_CHECK(words.eof(), FileError, path, ": line ", B + 1, " must hold token ids alone: ", line);
    if (n == 0) continue;
    HADAL_CHECK(B == 0 || n == L, FileError, path, ": all lines must hold as many ids as the first, ", L, ", got ", n);
    L = n;
    ++B;
  }
  HADAL_CHECK(B > 0, FileError, path, ": holds no ids");
  return Tensor<std::int32_t>::from(ids, {B, L});
}

/// f(0) .. f(n - 1), each (B, 1, C), as (B, n, C).
template <class F>
Tensor<float> by_token(std::int64_t n, const F& f) {
  std::vector<Tensor<float>> parts;
  for (std::int64_t i = 0; i < n; ++i) parts.push_back(f(i));
  return concatenate(parts, 1);
}

void run(const std::string& folder, const std::string& ids_path, const std::string& out, bool mtp, bool cached) {
  const auto model = load_pretrained<float>(folder, {.mtp = mtp ? MtpLayer::required : MtpLayer::ignored});
  const auto ids = read_ids(ids_path);
  const std::int64_t B = ids.shape(0), L = ids.shape(1);
  HADAL_CHECK(L > 1 || !mtp, FileError, ids_path, ": --mtp needs at least two ids a line");
  const GradMode off(false);
  Tensor<float> hidden, next;
  if (cached) {
    auto cache = model.make_cache(B, L);
    hidden = by_token(L, [&](std::int64_t i) { return model.hidden(ids.slice(1, i, i + 1), cache).x; });
    if (mtp) {
      auto drafts = model.make_draft_cache(B, L - 1);
      next = by_token(L - 1, [&](std::int64_t i) {
        return model.draft(hidden.slice(1, i, i + 1), ids.slice(1, i + 1, i + 2), drafts, drafts.step(1)).x;
      });
    }
  } else {
    hidden = model.hidden(ids).x;
    if (mtp) next = (*model.mtp)(hidden.slice(1, 0, L - 1), model.embed_tokens(ids.slice(1, 1, L)), model.rope).x;
  }
  std::vector<NamedTensor> results{{{"logits", Role::buffer, false, {}, {}}, model.logits(hidden)}};
  if (mtp) results.push_back({{"mtp_logits", Role::buffer, false, {}, {}}, model.logits(next)});
  write_safetensors(out, results);
  std::printf("%s: logits of %lld sequences of %lld tokens\n", out.c_str(), static_cast<long long>(B),
              static_cast<long long>(L));
}

}  // namespace

int main(int count, char** words) {
  std::vector<std::string> paths;
  bool mtp = false, cached = false, wrong = false;
  for (const std::string& word : std::vector<std::string>(words + 1, words + count)) {
    if (word == "--mtp") mtp = true;
    else if (word == "--cache") cached = true;
    else if (word.starts_with("--")) wrong = true;
    else paths.push_back(word);
  }
  if (wrong || paths.size() != 3) {
    std::fputs("usage: logits DIR IDS.txt OUT.safetensors [--mtp] [--cache]\n", stderr);
    return 2;
  }
  try {
    run(paths[0], paths[1], paths[2], mtp, cached);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "logits: %s\n", e.what());
    return 1;
  }
}
