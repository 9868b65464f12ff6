// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/data/permutation.hpp>
#include <hadal/data/token_file.hpp>

namespace hadal {

/// Windows of a text, one a row: tokens (B, columns).
struct TokenBatch {
  std::int64_t rows = 0, columns = 0;
  std::vector<std::int32_t> tokens;

  /// Columns first .. first + count - 1 of every row: (B, count). For windows of L + 1 tokens, slice(0, L) are the
  /// inputs and slice(1, L) the targets. Throws IndexError.
  std::vector<std::int32_t> slice(std::int64_t first, std::int64_t count) const {
    HADAL_CHECK(first >= 0 && count >= 0 && first <= columns - count, IndexError, "token batch: columns ", first,
                " .. ", first + count - 1, " must lie within ", columns);
    std::vector<std::int32_t> out;
    out.reserve(static_cast<std::size_t>(rows * count));
    for (std::int64_t r = 0; r < rows; ++r) {
      const auto row = tokens.begin() + r * columns + first;
      out.insert(out.end(), row, row + count);
    }
    return out;
  }
};

/// The windows that begin at those tokens, each `columns` long. Throws IndexError when one leaves the file.
inline TokenBatch read_windows(const TokenFile& file, std::span<const std::int64_t> starts, std::int64_t columns) {
  HADAL_CHECK(columns > 0, ValueError, "read_windows: columns must be positive, got ", columns);
  TokenBatch batch{static_cast<std::int64_t>(starts.size()), columns, {}};
  batch.tokens.resize(starts.size() * static_cast<std::size_t>(columns));
  for (std::size_t r = 0; r < starts.size(); ++r)
    file.read(starts[r], std::span(batch.tokens).subspan(r * static_cast<std::size_t>(columns),
                                                         static_cast<std::size_t>(columns)));
  return batch;
}

/// Shuffled windows of a text, epoch after epoch. A window has `length` inputs and `ahead` more tokens for the
/// targets (1; 1 + D with D extra predictions); windows lie `length` apart, so within an epoch every input is read
/// once. The order, and where the first window begins, are new in every epoch and follow from (key, epoch) alone: all
/// there is to save and restore is the position. Keeps a pointer to the file.
class WindowSampler {
 public:
  /// Throws ValueError when length or ahead is not positive or the file is shorter than one window.
  WindowSampler(const TokenFile& file, std::int64_t length, std::int64_t ahead, Key key)
      : file_(&file), length_(length), ahead_(ahead), key_(key) {
    HADAL_CHECK(length > 0 && ahead > 0, ValueError, "sampler: length and ahead must be positive, got ", length,
                " and ", ahead);
    const std::int64_t spare = file.size() - length - ahead;
    HADAL_CHECK(spare >= 0, ValueError, "sampler: the file must hold a window of ", length, " + ", ahead,
                " tokens, has ", file.size());
    // Room for one length of play at the front, when there is so much, keeps the number of windows the same for
    // every epoch.
    windows_ = spare < length ? 1 : (spare - (length - 1)) / length + 1;
    play_ = std::min(length - 1, spare - (windows_ - 1) * length);
  }

  /// Windows in an epoch.
  std::int64_t windows() const { return windows_; }
  /// Windows drawn so far, over all epochs.
  std::int64_t position() const { return position_; }
  std::int64_t epoch() const { return position_ / windows_; }
  /// Goes on as after `position` windows. Throws ValueError when it is negative.
  void seek(std::int64_t position) {
    HADAL_CHECK(position >= 0, ValueError, "sampler: position must not be negative, got ", position);
    position_ = position;
  }

  /// The first token of the window at a position.
  std::int64_t start(std::int64_t position) const {
    const Key key = key_.fold("epoch").fold(static_cast<std::uint64_t>(position / windows_));
    const auto offset = static_cast<std::int64_t>(random_below(key, 0, static_cast<std::uint64_t>(play_ + 1)));
    const std::uint64_t place =
        permuted(key, static_cast<std::uint64_t>(position % windows_), static_cast<std::uint64_t>(windows_));
    return offset + length_ * static_cast<std::int64_t>(place);
  }

  /// The next `rows` windows, (rows, length + ahead). Throws ValueError when rows is not positive.
  TokenBatch next(std::int64_t rows) {
    HADAL_CHECK(rows > 0, ValueError, "sampler: rows must be positive, got ", rows);
    std::vector<std::int64_t> starts;
    for (std::int64_t r = 0; r < rows; ++r) starts.push_back(start(position_ + r));
    TokenBatch batch = read_windows(*file_, starts, length_ + ahead_);
    position_ += rows;
    return batch;
  }

 private:
  const TokenFile* file_;
  std::int64_t length_, ahead_, windows_ = 0, play_ = 0, position_ = 0;
  Key key_;
};

}  // namespace hadal
