// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <utility>

namespace hadal {

/// A shared handle to an object that counts its own references: T has `std::atomic<..> references`, starting at 1, and
/// a function `destroy(T*)` found by its namespace, called when the last handle goes.
template <class T>
class Ref {
 public:
  Ref() = default;
  /// Takes over one reference.
  explicit Ref(T* object) noexcept : p_(object) {}
  Ref(const Ref& o) noexcept : p_(o.p_) {
    if (p_) p_->references.fetch_add(1, std::memory_order_relaxed);
  }
  Ref(Ref&& o) noexcept : p_(std::exchange(o.p_, nullptr)) {}
  Ref& operator=(Ref o) noexcept {
    std::swap(p_, o.p_);
    return *this;
  }
  ~Ref() {
    if (p_ && p_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(p_);
  }

  T* get() const { return p_; }
  T* operator->() const { return p_; }
  T& operator*() const { return *p_; }
  explicit operator bool() const { return p_ != nullptr; }
  friend bool operator==(const Ref& a, const Ref& b) { return a.p_ == b.p_; }
  /// True when no other handle shares the object.
  bool unique() const { return p_ && p_->references.load(std::memory_order_acquire) == 1; }

 private:
  T* p_ = nullptr;
};

}  // namespace hadal
