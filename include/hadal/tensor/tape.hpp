// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/tensor/grad_mode.hpp>
#include <hadal/tensor/tensor_base.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace hadal {

struct Node;
void destroy(Node*) noexcept;
using NodeRef = Ref<Node>;

/// Called with a tensor's complete gradient during backward.
using GradHook = std::function<void(const TensorBase& gradient)>;

/// The graph's side of a tensor: who made it, and the gradient collected so far. Leaves keep theirs; the others' live
/// only while backward runs.
struct Slot {
  std::atomic<std::uint32_t> references{1};
  NodeRef producer;      // null for a leaf
  int output = 0;        // which output of the producer
  Shape shape;           // of the tensor and of its gradient
  DType dtype = DType::f32;
  TensorBase gradient;   // dense
  std::vector<GradHook> hooks;

  bool leaf() const { return !producer; }
  /// Leaves keep their gradients in float when they are of half width; in between it is the activation's type.
  DType gradient_type() const { return leaf() ? leaf_gradient_type(dtype) : dtype; }
};

/// A tensor as an op saved it for its backward.
struct Saved {
  const char* name;
  TensorBase tensor;  // detached
  std::uint32_t version;
};

/// One recorded op. It knows no element type: `run` points to the typed code, which finds its constants in `closure`.
struct Node {
  std::atomic<std::uint32_t> references{1};
  std::uint64_t id = 0;  // creation order
  const char* op = "";
  void (*run)(Node&) = nullptr;
  std::vector<SlotRef> inputs;   // null where no gradient is wanted
  std::vector<Slot*> outputs;    // not owned; null once the output is gone
  std::vector<Saved> saved;
  std::shared_ptr<void> state;   // for the few ops whose backward needs more than tensors and constants
  bool used = false;             // backward ran and freed what was saved
  bool retain = false;           // the running backward keeps the graph
  alignas(16) unsigned char closure[112];

  /// The i-th saved tensor, after checking that nobody wrote to it since.
  const TensorBase& saved_tensor(std::size_t i) const {
    const Saved& s = saved[i];
    HADAL_CHECK(!s.tensor.defined() || s.tensor.version() == s.version, GradError, op, ": the saved tensor '", s.name,
                "' ", s.tensor.shape(), " was changed in place after ", op, " used it");
    return s.tensor;
  }
};

namespace detail {

inline std::uint64_t next_node_id() {
  static std::atomic<std::uint64_t> counter{1};
  return counter.fetch_add(1, std::memory_order_relaxed);
}

/// Nodes waiting for deletion: destroying a chain of a million nodes must not recurse a million times.
struct NodeGraveyard {
  std::vector<Node*> waiting;
  bool digging = false;
};
inline NodeGraveyard& node_graveyard() {
  thread_local NodeGraveyard g;
  return g;
}

}  // namespace detail

inline void destroy(Node* n) noexcept {
  auto& yard = detail::node_graveyard();
  yard.waiting.push_back(n);
  if (yard.digging) return;
  yard.digging = true;
  while (!yard.waiting.empty()) {
    Node* next = yard.waiting.back();
    yard.waiting.pop_back();
    delete next;
  }
  yard.digging = false;
}

inline void destroy(Slot* s) noexcept {
  if (s->producer) s->producer->outputs[static_cast<std::size_t>(s->output)] = nullptr;
  delete s;
}

namespace detail {

/// The nodes that gradients of the roots reach, newest first. An op that depends on its own result is an error.
inline std::vector<NodeRef> nodes_behind(const std::vector<SlotRef>& roots) {
  std::vector<NodeRef> found, pending;
  std::uint64_t base = 0;
  for (const SlotRef& root : roots) base = std::max(base, root->producer->id);
  std::vector<bool> marked;                  // by how much older than the newest root a node is
  const auto mark = [&](std::uint64_t id) {  // true when new
    const std::size_t at = static_cast<std::size_t>(base - id);
    if (at >= marked.size()) marked.resize(at + at / 2 + 64);
    if (marked[at]) return false;
    marked[at] = true;
    return true;
  };
  for (const SlotRef& root : roots)
    if (mark(root->producer->id)) pending.push_back(root->producer);
  while (!pending.empty()) {
    NodeRef node = std::move(pending.back());
    pending.pop_back();
    for (const SlotRef& input : node->inputs) {
      if (!input || input->leaf()) continue;
      HADAL_CHECK(input->producer->id < node->id, GradError, "backward: ", node->op,
                  " depends on its own result through ", input->producer->op, ": the graph has a cycle");
      if (mark(input->producer->id)) pending.push_back(input->producer);
    }
    found.push_back(std::move(node));
  }
  std::sort(found.begin(), found.end(), [](const NodeRef& a, const NodeRef& b) { return a->id > b->id; });
  return found;
}

inline void call_hooks(Slot& s) {
  for (const GradHook& hook : s.hooks) hook(s.gradient);
}

}  // namespace detail

/// Runs the graph behind the roots (none a leaf) backwards from their gradients `seeds` (dense, of the roots' shapes).
/// Adds to the gradients of all leaves. Frees every saved tensor as soon as its op has run, unless `retain`.
inline void run_backward(const std::vector<SlotRef>& roots, const std::vector<TensorBase>& seeds, bool retain) {
  const std::vector<NodeRef> nodes = detail::nodes_behind(roots);
  // A leaf's hooks run when its last contribution is in.
  std::vector<std::pair<Slot*, int>> hooked;
  for (const NodeRef& node : nodes)
    for (const SlotRef& input : node->inputs)
      if (input && input->leaf() && !input->hooks.empty()) {
        auto it = std::find_if(hooked.begin(), hooked.end(), [&](auto& h) { return h.first == input.get(); });
        if (it == hooked.end()) hooked.emplace_back(input.get(), 1);
        else ++it->second;
      }

  // Gradients in between live while this runs, also when an op throws. The links go last: a slot whose tensor is gone
  // is held by the op that used it, and waits there for its producer.
  struct Sweep {
    const std::vector<NodeRef>& nodes;
    ~Sweep() {
      for (const NodeRef& node : nodes)
        for (Slot* out : node->outputs)
          if (out) out->gradient = {};
      for (const NodeRef& node : nodes)
        if (node->used) node->inputs.clear();
    }
  } sweep{nodes};
  for (std::size_t i = 0; i < roots.size(); ++i) roots[i]->gradient = seeds[i];

  GradMode off(false);
  for (const NodeRef& node : nodes) {
    HADAL_CHECK(!node->used, GradError, node->op,
                ": backward already ran through this op and freed what it saved; ask for retain_graph to run it again");
    bool reached = false;
    for (Slot* out : node->outputs)
      if (out && out->gradient.defined()) {
        reached = true;
        detail::call_hooks(*out);
      }
    if (reached) {
      node->retain = retain;
      node->run(*node);
      for (Slot* out : node->outputs)
        if (out) out->gradient = {};
    }
    if (!hooked.empty())
      for (const SlotRef& input : node->inputs)
        for (auto& [slot, left] : hooked)
          if (slot == input.get() && --left == 0) detail::call_hooks(*slot);
    if (!retain) {
      node->saved.clear();
      node->state.reset();
      node->used = true;
    }
  }
}

}  // namespace hadal
