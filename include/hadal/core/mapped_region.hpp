// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/file.hpp>

namespace hadal {

/// Address space of one's own, of whole pages, into which pieces of files are mapped side by side. Until then touching
/// it ends the program, and it costs no memory. A page that is written becomes a private copy: the files stay.
class MappedRegion {
 public:
  explicit MappedRegion(std::size_t bytes) : size_(bytes) {
    void* p = ::mmap(nullptr, size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    HADAL_CHECK(p != MAP_FAILED, MemoryError, "mapped region: the system has no room for ", bytes, " bytes");
    data_ = static_cast<std::byte*>(p);
  }
  MappedRegion(MappedRegion&&) = delete;
  ~MappedRegion() { ::munmap(data_, size_); }

  std::byte* data() const { return data_; }

  /// Maps bytes offset .. offset + bytes of the file to byte `at` of the region; `at` and `offset` begin pages.
  void place(std::size_t at, const MappedFile& file, std::size_t offset, std::size_t bytes) {
    void* p = ::mmap(data_ + at, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED,
                     file.descriptor(), static_cast<off_t>(offset));
    if (p == MAP_FAILED) detail::file_error(file.path(), "cannot be mapped");
  }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_;
};

}  // namespace hadal
