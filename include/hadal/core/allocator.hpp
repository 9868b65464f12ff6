// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/error.hpp>
#include <hadal/core/mutex.hpp>

#include <cstddef>
#include <cstdlib>
#include <map>
#include <new>

#include <sys/mman.h>

namespace hadal {

/// Bytes handed out now, the most ever handed out at once, and bytes held from the system (in use or cached).
struct MemoryUse {
  std::size_t live = 0, peak = 0, held = 0;
};

/// Host memory, aligned to 64 bytes. Freed blocks are kept for reuse: pages that are already mapped cost nothing,
/// while fresh ones cost a page fault each. Blocks are cut from large segments; neighbours that are both free join.
/// A few small ones of each size wait on a shelf as they are: an op of one token takes and gives back nothing else.
class CachingAllocator {
 public:
  static constexpr std::size_t alignment = 64;

  CachingAllocator() = default;
  CachingAllocator(const CachingAllocator&) = delete;
  CachingAllocator& operator=(const CachingAllocator&) = delete;

  /// At least `bytes` bytes. Throws MemoryError naming the size when the system has no more.
  void* allocate(std::size_t bytes) {
    const std::size_t size = rounded(bytes);
    const Lock lock(mutex_);
    if (Shelf* shelf = shelf_of(size); shelf && shelf->count > 0) {
      Block* block = shelf->blocks[--shelf->count];
      count_live(block->size);
      return block->data;
    }
    auto it = free_.lower_bound({size, nullptr});
    if (it == free_.end()) it = grow(size);
    Block* block = it->second;
    free_.erase(it);
    if (block->size - size >= smallest_rest(size)) split(block, size);
    block->used = true;
    count_live(block->size);
    live_.emplace(block->data, block);
    return block->data;
  }

  void deallocate(void* p) noexcept {
    const Lock lock(mutex_);
    const auto it = live_.find(p);
    Block* block = it->second;
    use_.live -= block->size;
    if (Shelf* shelf = shelf_of(block->size); shelf && shelf->count < Shelf::room) {
      shelf->blocks[shelf->count++] = block;
      return;
    }
    live_.erase(it);
    join(block);
  }

  /// Gives cached segments that are wholly free back to the system.
  void trim() {
    const Lock lock(mutex_);
    release_free_segments();
  }

  MemoryUse use() const {
    const Lock lock(mutex_);
    return use_;
  }
  /// Starts counting the peak anew from what is live now.
  void reset_peak() {
    const Lock lock(mutex_);
    use_.peak = use_.live;
  }

 private:
  struct Block {
    void* data;
    std::size_t size;
    Block *before, *after;  // neighbours in the same segment
    bool used;
  };
  using FreeList = std::map<std::pair<std::size_t, void*>, Block*>;

  static constexpr std::size_t segment_size = std::size_t{8} << 20, huge_page = std::size_t{2} << 20;
  static constexpr std::size_t largest_shelved = 8192;

  /// Blocks of one size that are free but still count as used among their neighbours.
  struct Shelf {
    static constexpr int room = 16;
    Block* blocks[room];
    int count = 0;
  };
  Shelf* shelf_of(std::size_t size) { return size <= largest_shelved ? &shelves_[size / alignment] : nullptr; }

  void count_live(std::size_t size) {
    use_.live += size;
    if (use_.live > use_.peak) use_.peak = use_.live;
  }

  /// Frees a block, together with neighbours that are free.
  void join(Block* block) noexcept {
    block->used = false;
    if (Block* after = block->after; after && !after->used) {
      free_.erase({after->size, after->data});
      merge(block, after);
    }
    if (Block* before = block->before; before && !before->used) {
      free_.erase({before->size, before->data});
      merge(before, block);
      block = before;
    }
    free_.emplace(std::pair{block->size, block->data}, block);
  }

  static std::size_t rounded(std::size_t bytes) {
    if (bytes == 0) bytes = 1;
    HADAL_CHECK(bytes <= (~std::size_t{0} >> 2), MemoryError, "allocate: ", bytes,
                " bytes are more than can be addressed");
    return (bytes + alignment - 1) / alignment * alignment;
  }
  /// A rest smaller than this stays with its block, so that small leftovers do not pile up.
  static std::size_t smallest_rest(std::size_t size) { return size < 4096 ? alignment : size / 32; }

  /// A large segment asks for huge pages: fresh memory then costs a page fault for 2 MiB instead of for 4 KiB.
  static void* new_segment(std::size_t bytes) {
    if (bytes <= segment_size) return std::aligned_alloc(4096, bytes);
    void* data = nullptr;
    if (::posix_memalign(&data, huge_page, bytes) != 0) return nullptr;
#ifdef MADV_HUGEPAGE
    static_cast<void>(::madvise(data, bytes, MADV_HUGEPAGE));
#endif
    return data;
  }

  FreeList::iterator grow(std::size_t size) {
    std::size_t bytes = size > segment_size / 2 ? (size + 4095) / 4096 * 4096 : segment_size;
    void* data = new_segment(bytes);
    if (!data) {
      release_free_segments();
      data = new_segment(bytes);
    }
    HADAL_CHECK(data, MemoryError, "allocate: the system has no ", bytes, " bytes more; ", use_.live, " are in use");
    use_.held += bytes;
    auto* block = new Block{data, bytes, nullptr, nullptr, false};
    return free_.emplace(std::pair{bytes, data}, block).first;
  }

  void split(Block* block, std::size_t size) {
    auto* rest = new Block{static_cast<char*>(block->data) + size, block->size - size, block, block->after, false};
    if (rest->after) rest->after->before = rest;
    block->after = rest;
    block->size = size;
    free_.emplace(std::pair{rest->size, rest->data}, rest);
  }

  static void merge(Block* into, Block* next) noexcept {
    into->size += next->size;
    into->after = next->after;
    if (into->after) into->after->before = into;
    delete next;
  }

  void release_free_segments() {
    for (Shelf& shelf : shelves_)
      while (shelf.count > 0) {
        Block* block = shelf.blocks[--shelf.count];
        live_.erase(block->data);
        join(block);
      }
    for (auto it = free_.begin(); it != free_.end();) {
      Block* block = it->second;
      if (block->before || block->after) {
        ++it;
        continue;
      }
      use_.held -= block->size;
      std::free(block->data);
      delete block;
      it = free_.erase(it);
    }
  }

  mutable Mutex mutex_;
  FreeList free_;
  std::map<void*, Block*> live_;
  Shelf shelves_[largest_shelved / alignment + 1];
  MemoryUse use_;
};

}  // namespace hadal
