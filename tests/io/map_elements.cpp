// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/io/map_elements.hpp>
#include <hadal/io/write_safetensors.hpp>

#include "io/scratch.hpp"

using namespace hadal;

TEST_CASE("map_elements: entries side by side, wherever they begin within their pages") {
  const ScratchFolder folder;
  constexpr std::int64_t n = 32768;  // 64 KiB of bf16
  const auto stack = Tensor<bf16>::normal({3, n}, Key{1});
  std::vector<NamedTensor> list{{{"e.w", Role::trained, true, "e.", ".w"}, stack}};
  // The second file is the first with its data moved from the beginning of a page.
  write_safetensors(folder / "0", list);
  std::string text = read_file(folder / "0");
  std::uint64_t size = 0;
  std::memcpy(&size, text.data(), 8);
  text.insert(8 + size, 64, ' ');
  size += 64;
  std::memcpy(text.data(), &size, 8);
  write_file(folder / "64", text);
  for (const std::string name : {"0", "64"}) {
    const SafetensorsFile file(folder / name);
    const auto mapped = detail::map_elements<bf16>({&file.at("e.2.w"), &file.at("e.0.w")});
    REQUIRE(mapped.storage);
    CHECK(mapped.step == (name == "0" ? n : n + static_cast<std::int64_t>(page_size()) / 2));
    auto* data = static_cast<bf16*>(mapped.storage->data);
    CHECK(std::memcmp(data, stack.data() + 2 * n, 2 * n) == 0);
    CHECK(std::memcmp(data + mapped.step, stack.data(), 2 * n) == 0);
    data[0] = bf16(5.0f);  // a private copy of the page
    CHECK(std::memcmp(file.at("e.2.w").bytes.data(), stack.data() + 2 * n, 2 * n) == 0);
  }
  const SafetensorsFile file(folder / "0"), other(folder / "64");
  CHECK(!detail::map_elements<bf16>({&file.at("e.0.w"), &other.at("e.1.w")}).storage);
  CHECK(!detail::map_elements<half>({&file.at("e.0.w")}).storage);
  CHECK(!detail::map_elements<bf16>({}).storage);
  text.insert(8 + size, 1, ' ');
  size += 1;
  std::memcpy(text.data(), &size, 8);
  write_file(folder / "odd", text);
  CHECK(!detail::map_elements<bf16>({&SafetensorsFile(folder / "odd").at("e.0.w")}).storage);
  const StoredTensor nowhere{"x", "BF16", DType::bf16, {n}, file.at("e.0.w").bytes, {}};
  CHECK(!detail::map_elements<bf16>({&nowhere}).storage);
  const StoredTensor small{"x", "BF16", DType::bf16, {1}, file.at("e.0.w").bytes.first(2), file.at("e.0.w").file};
  CHECK(!detail::map_elements<bf16>({&small}).storage);
}
