// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/runtime.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hadal {

namespace detail {

/// One thread's scratch memory: a stack of chunks from the caching allocator, given back when the thread ends.
class ScratchStack {
 public:
  ScratchStack() = default;
  ScratchStack(const ScratchStack&) = delete;
  ScratchStack& operator=(const ScratchStack&) = delete;
  ~ScratchStack() {
    for (Chunk& c : chunks_) runtime().cpu_memory.deallocate(c.data);
  }

  struct Mark {
    std::size_t chunk, used;
  };

  /// New memory; `before` is where to go back to afterwards.
  HADAL_NOINLINE void* push(std::size_t bytes, Mark& before) {
    before = {current_, chunks_.empty() ? 0 : chunks_[current_].used};
    bytes = (bytes + 63) / 64 * 64;
    while (current_ < chunks_.size() && chunks_[current_].size - chunks_[current_].used < bytes) {
      if (current_ + 1 == chunks_.size()) break;
      chunks_[++current_].used = 0;
    }
    if (chunks_.empty() || chunks_[current_].size - chunks_[current_].used < bytes) {
      const std::size_t size = bytes > smallest ? bytes : smallest;
      chunks_.push_back({static_cast<char*>(runtime().cpu_memory.allocate(size)), size, 0});
      current_ = chunks_.size() - 1;
    }
    Chunk& c = chunks_[current_];
    void* p = c.data + c.used;
    c.used += bytes;
    return p;
  }

  HADAL_NOINLINE void pop(Mark m) {
    for (std::size_t i = m.chunk + 1; i < chunks_.size(); ++i) chunks_[i].used = 0;
    current_ = m.chunk;
    if (!chunks_.empty()) chunks_[current_].used = m.used;
  }

 private:
  static constexpr std::size_t smallest = std::size_t{1} << 20;
  struct Chunk {
    char* data;
    std::size_t size, used;
  };
  std::vector<Chunk> chunks_;
  std::size_t current_ = 0;
};

HADAL_NOINLINE inline ScratchStack& scratch_stack() {
  thread_local ScratchStack stack;
  return stack;
}

}  // namespace detail

/// n elements of uninitialised scratch memory, 64-byte aligned, owned by the calling thread until the object goes.
/// Objects must go in the reverse order of their making, as locals do. This is how kernels get memory.
template <class T>
class Scratch {
 public:
  explicit Scratch(std::int64_t n)
      : data_(static_cast<T*>(detail::scratch_stack().push(static_cast<std::size_t>(n) * sizeof(T), mark_))) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { detail::scratch_stack().pop(mark_); }

  T* data() const { return data_; }
  T& operator[](std::int64_t i) const { return data_[i]; }
  operator T*() const { return data_; }

 private:
  detail::ScratchStack::Mark mark_;
  T* data_;
};

}  // namespace hadal
