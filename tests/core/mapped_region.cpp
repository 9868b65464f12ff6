// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/core/mapped_region.hpp>

#include "io/scratch.hpp"

using namespace hadal;

TEST_CASE("mapped region: pieces of files side by side; writing leaves the file") {
  const ScratchFolder folder;
  const std::size_t page = page_size();
  std::string text(3 * page, 'a');
  std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(page), page, 'b');
  std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(2 * page), page, 'c');
  write_file(folder / "f", text);
  const MappedFile file(folder / "f");
  MappedRegion region(2 * page);
  region.place(0, file, 2 * page, page);
  region.place(page, file, page, page);
  CHECK(region.data()[0] == std::byte{'c'});
  CHECK(region.data()[2 * page - 1] == std::byte{'b'});
  region.data()[0] = std::byte{'x'};
  CHECK(region.data()[0] == std::byte{'x'});
  CHECK(file.bytes()[2 * page] == std::byte{'c'});
  CHECK(read_file(folder / "f") == text);
  CHECK(error_of<FileError>([&] { region.place(0, file, 1, page); }).starts_with(folder / "f"));
}

TEST_CASE("mapped region: address space costs nothing, but it is not endless") {
  const MappedRegion large(std::size_t{1} << 40);
  CHECK(large.data() != nullptr);
  CHECK_THROWS_AS(MappedRegion(std::size_t{1} << 60), MemoryError);
}
