// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/data/sampler.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <set>

using namespace hadal;

namespace {

// A file whose token at i is i.
struct Text {
  std::string path;
  TokenFile file;
  explicit Text(std::int32_t n) : path(write(n)), file(path) {}
  ~Text() { std::filesystem::remove(path); }
  static std::string write(std::int32_t n) {
    const std::string path = (std::filesystem::temp_directory_path() / join("hadal-sampler-", ::getpid())).string();
    std::vector<std::int32_t> ids;
    for (std::int32_t i = 0; i < n; ++i) ids.push_back(i);
    write_token_file(path, ids, n);
    return path;
  }
};

}  // namespace

TEST_CASE("sampler: in each epoch every window once, inside the file, at any size") {
  for (std::int32_t n = 6; n < 60; ++n) {
    const Text text(n);
    const WindowSampler s(text.file, 4, 2, Key{7});
    CHECK(s.windows() >= std::max(1, (n - 2) / 4 - 1));
    std::set<std::int64_t> offsets;
    for (std::int64_t epoch = 0; epoch < 12; ++epoch) {
      std::set<std::int64_t> starts;
      for (std::int64_t k = 0; k < s.windows(); ++k) starts.insert(s.start(epoch * s.windows() + k));
      CHECK(std::ssize(starts) == s.windows());
      CHECK(*starts.begin() >= 0);
      CHECK(*starts.rbegin() + 6 <= n);
      CHECK(*starts.rbegin() - *starts.begin() == 4 * (s.windows() - 1));
      offsets.insert(*starts.begin());
    }
    if (n >= 14) CHECK(offsets.size() == 4);  // 12 draws of 4: the chance to miss one is below 13 % a size, keyed
  }
}

TEST_CASE("sampler: rows are windows, inputs and targets their slices") {
  const Text text(100);
  WindowSampler s(text.file, 8, 2, Key{1});
  const TokenBatch batch = s.next(3);
  CHECK(batch.rows == 3);
  CHECK(batch.columns == 10);
  const auto inputs = batch.slice(0, 8), targets = batch.slice(1, 8), second = batch.slice(2, 8);
  CHECK(inputs.size() == 24);
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t i = 0; i < 8; ++i) {
      CHECK(inputs[8 * r + i] == s.start(static_cast<std::int64_t>(r)) + static_cast<std::int64_t>(i));
      CHECK(targets[8 * r + i] == inputs[8 * r + i] + 1);
      CHECK(second[8 * r + i] == inputs[8 * r + i] + 2);
    }
  CHECK_THROWS_WITH_AS(batch.slice(3, 8), "token batch: columns 3 .. 10 must lie within 10", IndexError);
  CHECK_THROWS_AS(batch.slice(-1, 2), IndexError);
}

TEST_CASE("sampler: resuming at a position goes on exactly, across epochs and batch sizes") {
  const Text text(75);
  WindowSampler whole(text.file, 4, 1, Key{5});
  std::vector<std::int32_t> all;
  for (int k = 0; k < 30; ++k) {
    const auto tokens = whole.next(2).tokens;
    all.insert(all.end(), tokens.begin(), tokens.end());
  }
  CHECK(whole.position() == 60);
  CHECK(whole.epoch() == 60 / whole.windows());
  CHECK(whole.epoch() > 2);
  for (std::int64_t cut = 0; cut < 60; ++cut) {
    WindowSampler resumed(text.file, 4, 1, Key{5});
    resumed.seek(cut);
    CHECK(resumed.next(60 - cut).tokens == std::vector<std::int32_t>(all.begin() + 5 * cut, all.end()));
  }
  WindowSampler other(text.file, 4, 1, Key{6});
  CHECK(other.next(60).tokens != all);
}

TEST_CASE("sampler: errors") {
  const Text text(10);
  CHECK(WindowSampler(text.file, 9, 1, Key{}).windows() == 1);
  CHECK_THROWS_WITH_AS(WindowSampler(text.file, 9, 2, Key{}),
                       "sampler: the file must hold a window of 9 + 2 tokens, has 10", ValueError);
  CHECK_THROWS_WITH_AS(WindowSampler(text.file, 0, 1, Key{}),
                       "sampler: length and ahead must be positive, got 0 and 1", ValueError);
  CHECK_THROWS_AS(WindowSampler(text.file, 4, 0, Key{}), ValueError);
  WindowSampler s(text.file, 4, 1, Key{});
  CHECK_THROWS_WITH_AS(s.next(0), "sampler: rows must be positive, got 0", ValueError);
  CHECK_THROWS_WITH_AS(s.seek(-1), "sampler: position must not be negative, got -1", ValueError);
  CHECK(read_windows(text.file, std::vector<std::int64_t>{3, 0}, 2).tokens == std::vector<std::int32_t>{3, 4, 0, 1});
  CHECK_THROWS_AS(read_windows(text.file, std::vector<std::int64_t>{9}, 2), IndexError);
  CHECK_THROWS_AS(read_windows(text.file, std::vector<std::int64_t>{}, 0), ValueError);
}
