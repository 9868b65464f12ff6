// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include "options.hpp"

#include <hadal/data/data.hpp>
#include <hadal/text/text.hpp>

#include <filesystem>

/// The text as the model sees it: pieces learned on the training part alone, and both parts in them.
struct Corpus {
  hadal::Tokenizer tokenizer;
  hadal::TokenFile train;
  std::vector<std::int32_t> held_out;
  double train_bytes, held_out_bytes;

  double bytes_per_token() const { return train_bytes / static_cast<double>(train.size()); }
};

/// Splits the text, trains the vocabulary and writes tokenizer.json and train.tokens to the run's folder, unless they
/// are there.
inline Corpus prepare_corpus(const Options& o) {
  const std::string text = hadal::read_file(o.text);
  const std::size_t cut = text.size() - text.size() / 20;
  const std::string_view train = std::string_view(text).substr(0, cut), held_out = std::string_view(text).substr(cut);
  HADAL_CHECK(held_out.size() >= 100, hadal::FileError, o.text, ": too short to train on, ", text.size(), " bytes");
  const std::string pieces = o.out + "/tokenizer.json", tokens = o.out + "/train.tokens";
  if (!std::filesystem::exists(tokens)) {
    const hadal::Tokenizer fresh = hadal::train_bpe(train, o.vocab);
    fresh.save(pieces);
    hadal::write_token_file(tokens, fresh.encode(train), fresh.vocab_size());
  }
  hadal::Tokenizer tokenizer = hadal::Tokenizer::load(pieces);
  std::vector<std::int32_t> rest = tokenizer.encode(held_out);
  return {std::move(tokenizer), hadal::TokenFile(tokens), std::move(rest), static_cast<double>(train.size()),
          static_cast<double>(held_out.size())};
}
