// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// Products of float matrices in the three forms of a layer of `out` by `in` over `rows`: X W^T, dY W, dY^T X, against
// the fastest of OpenBLAS, BLIS and oneDNN for each, and against the multiply-add peak; the first two also with weights
// packed beforehand, as oneDNN's are then, too. Arguments: the numbers of threads to use and pieces of names of the
// cases to run; without any, all.
// optional packages: libopenblas-dev libblis-dev libdnnl-dev
// optional libraries: dnnl

#include <hadal/core/random.hpp>
#include <hadal/core/storage.hpp>
#include <hadal/cpu/linear.hpp>

#include "blas.hpp"

#include <cmath>
#include <cstring>
#include <map>
#include <new>

namespace {

using bench::Product;
using hadal::Cpu;
using hadal::GradView;
using hadal::View;

struct Layer {
  int rows, out, in;
  double peak = 0;  ///< the share of the peak that is aimed at
};

constexpr Layer layers[] = {{64, 64, 64},
                            {128, 128, 128},
                            {256, 256, 256},
                            {512, 512, 512, 0.9},
                            {1024, 1024, 1024, 0.9},
                            {2048, 768, 768, 0.85},
                            {2048, 3072, 768, 0.85},
                            {256, 50257, 768, 0.8},
                            {32, 1408, 512},
                            {8, 1408, 512},
                            {1, 1408, 512},
                            {16, 2048, 2048},
                            {4, 4096, 4096},
                            {1, 4096, 4096},
                            {2048, 576, 512, 0.85}};

/// Memory that begins at a cache line, as tensors have it, for both sides.
template <class T>
struct LineAllocator {
  using value_type = T;
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t{64})); }
  void deallocate(T* p, std::size_t) { ::operator delete(p, std::align_val_t{64}); }
  bool operator==(const LineAllocator&) const = default;
};
using Values = std::vector<float, LineAllocator<float>>;

Values random_values(int rows, int columns, std::uint64_t seed) {
  Values v(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = hadal::random_uniform(hadal::Key{seed}, i) * 2 - 1;
  return v;
}

/// The error of C against sums in double, over the size of such sums, both as root of mean squares over some elements.
double error(const Product& p) {
  const auto at = [](const float* m, bool transposed, int stride, int i, int j) {
    return static_cast<double>(m[transposed ? std::int64_t{j} * stride + i : std::int64_t{i} * stride + j]);
  };
  double wrong = 0, all = 0;
  for (std::uint64_t e = 0; e < 512; ++e) {
    const int i = static_cast<int>(e * 7919 % static_cast<std::uint64_t>(p.m));
    const int j = static_cast<int>(e * 104729 % static_cast<std::uint64_t>(p.n));
    double sum = 0;
    for (int k = 0; k < p.k; ++k) sum += at(p.a, p.transpose_a, p.lda(), i, k) * at(p.b, p.transpose_b, p.ldb(), k, j);
    const double d = static_cast<double>(p.c[std::int64_t{i} * p.n + j]) - sum;
    wrong += d * d;
    all += sum * sum;
  }
  return std::sqrt(wrong / all);
}

/// Both sum in float, in different orders: the sums differ by a few roundings of their terms.
void check_same(const Product& ours, const Product& theirs, double tolerance, const std::string& whose,
                const std::string& name) {
  double worst = 0, largest = 0;
  for (std::int64_t i = 0; i < std::int64_t{ours.m} * ours.n; ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(ours.c[i]) - static_cast<double>(theirs.c[i])));
    largest = std::max(largest, std::abs(static_cast<double>(ours.c[i])));
  }
  if (!(worst <= tolerance * largest)) hadal::fail<hadal::NumericError>("gemm: ", whose, " differs for ", name);
}

/// Ratios of one kind, for the rows at the end.
struct Ratios {
  double logs = 0, lowest = 1e9;
  int count = 0;
  std::string at;
  void take(const bench::Row& row) {
    logs += std::log(row.ratio);
    ++count;
    if (row.ratio < lowest) lowest = row.ratio, at = row.name;
  }
};

class Benchmark {
 public:
  Benchmark(std::vector<bench::Blas> blas, std::vector<std::string> wanted)
      : blas_(std::move(blas)), wanted_(std::move(wanted)), report_("float products, rows x out x in") {}

  void run(int threads) {
    hadal::set_threads(threads);
    for (const bench::Blas& b : blas_) b.set_threads(threads);
    for (const Layer& l : layers) run_layer(l, threads);
    for (const auto& [kind, r] : ratios_) {
      report_.add({kind + ", geometric mean", threads, "ratio", std::exp(r.logs / r.count), 1, "best of all",
                   std::exp(r.logs / r.count), 0});
      report_.add({kind + ", lowest: " + r.at, threads, "ratio", r.lowest, 1, "best of all", r.lowest, 0});
    }
    ratios_.clear();
  }

 private:
  static std::string name_of(const Layer& l, const char* form) {
    return hadal::join(l.rows, "x", l.out, "x", l.in, " ", form);
  }
  bool wanted(const std::string& name) const {
    return wanted_.empty() || std::any_of(wanted_.begin(), wanted_.end(), [&](const std::string& piece) {
             return name.find(piece) != std::string::npos;
           });
  }

  void run_layer(const Layer& l, int threads) {
    if (!wanted(name_of(l, "X W^T")) && !wanted(name_of(l, "dY W")) && !wanted(name_of(l, "dY^T X"))) return;
    const auto x = random_values(l.rows, l.in, 1), w = random_values(l.out, l.in, 2),
               dy = random_values(l.rows, l.out, 3);
    Values y(dy.size()), dx(x.size()), dw(w.size());
    Values peer(std::max({y.size(), dx.size(), dw.size()}));
    const auto view = [](auto& v, int rows, int columns) {
      return View<std::remove_reference_t<decltype(v[0])>>{v.data(), {rows, columns}, columns};
    };
    const auto xv = view(x, l.rows, l.in), wv = view(w, l.out, l.in), dyv = view(dy, l.rows, l.out);
    const auto yv = view(y, l.rows, l.out), dxv = view(dx, l.rows, l.in), dwv = view(dw, l.out, l.in);
    run_form(l, threads, "X W^T", {false, true, l.rows, l.out, l.in, x.data(), w.data(), y.data()}, peer,
             [&] { linear_forward(Cpu{}, yv, xv, wv, View<const float>{}); });
    run_packed(l, threads, "X W^T", {false, true, l.rows, l.out, l.in, x.data(), w.data(), y.data()}, peer);
    run_form(l, threads, "dY W", {false, false, l.rows, l.in, l.out, dy.data(), w.data(), dx.data()}, peer, [&] {
      linear_backward_input(Cpu{}, GradView<float>{dxv, false}, dyv, wv);
    });
    run_packed(l, threads, "dY W", {false, false, l.rows, l.in, l.out, dy.data(), w.data(), dx.data()}, peer);
    run_form(l, threads, "dY^T X", {true, false, l.out, l.in, l.rows, dy.data(), x.data(), dw.data()}, peer, [&] {
      linear_backward_weight(Cpu{}, GradView<float>{dwv, false}, dyv, xv);
    });
  }

  void run_form(const Layer& l, int threads, const char* form, const Product& p, Values& peer,
                const std::function<void()>& ours) {
    const std::string name = name_of(l, form);
    if (!wanted(name)) return;
    ours();
    const double our_error = error(p);
    Product theirs = p;
    theirs.c = peer.data();
    double least_error = 1e9;
    std::string least;
    bench::Peers peers;
    for (const bench::Blas& b : blas_) {
      peers.emplace_back(b.name, b.plan(theirs));
      peers.back().second();
      const double e = error(theirs);
      if (e < least_error) least_error = e, least = b.name;
      check_same(p, theirs, 1e-4, b.name, name);
    }
    const double flop = 2.0 * p.m * p.n * p.k;
    if (l.peak > 0)
      peers.emplace_back(
          "peak", [=] { hadal::parallel_tasks(threads, [&](std::int64_t) { bench::multiply_add(flop / threads); }); });
    std::vector<bench::Row> rows = report_.measure({name, threads, "GFLOP/s", flop * 1e-9}, ours, peers);
    if (l.peak > 0) {
      bench::Row share = rows.back();
      rows.pop_back();
      share.name += ", share of peak";
      report_.add(share);
      ratios_[hadal::join("share of peak over its bar of ", l.peak)].take(
          {"", 1, "", 0, 0, "", share.ratio / l.peak, 0});
    }
    if (rows.empty()) return;
    const auto best = std::min_element(rows.begin(), rows.end(), [](auto& a, auto& b) { return a.ratio < b.ratio; });
    report_.add(*best);
    ratios_["products"].take(*best);
    if (threads == 1)
      report_.add({name + ", error", 1, "of double", our_error, least_error, least, least_error / our_error, 0});
  }

  /// The product that run_form just made, with weights that both sides packed beforehand.
  void run_packed(const Layer& l, int threads, const char* form, const Product& p, Values& peer) {
    if (!packed_peer_.plan || !wanted(name_of(l, form))) return;
    const std::string name = name_of(l, form) + ", packed before";
    using hadal::cpu::dense_matrix;
    const hadal::cpu::Matrix<const float> a = dense_matrix(p.a, p.m, p.k),
                                     b = p.transpose_b ? dense_matrix(p.b, p.n, p.k).transposed()
                                                       : dense_matrix(p.b, p.k, p.n);
    const hadal::cpu::Panels<float> sizes{nullptr, b.rows, b.columns};
    const auto memory = hadal::allocate(Cpu{}, static_cast<std::size_t>(sizes.size()) * sizeof(float));
    const auto panels = hadal::cpu::pack_beforehand(static_cast<float*>(memory->data), b);
    std::copy_n(p.c, std::int64_t{p.m} * p.n, peer.data());
    const auto ours = [&] {
      hadal::cpu::matmul<float, float>(Cpu{}, dense_matrix(p.c, p.m, p.n), a, panels, false);
    };
    Product theirs = p;
    theirs.c = peer.data();
    const auto call = packed_peer_.plan(theirs);
    ours();
    check_same(p, theirs, 0, "hadal unpacked", name);  // to the last bit
    call();
    check_same(p, theirs, 1e-4, packed_peer_.name, name);
    const bench::Row row =
        report_.measure({name, threads, "GFLOP/s", 2e-9 * p.m * p.n * p.k}, ours, {{packed_peer_.name, call}}).front();
    report_.add(row);
    ratios_["products, packed before"].take(row);
  }

  std::vector<bench::Blas> blas_;
  std::vector<std::string> wanted_;
  bench::Blas packed_peer_ = bench::packing_blas();
  bench::Report report_;
  std::map<std::string, Ratios> ratios_;
};

}  // namespace

int main(int count, char** words) {
  std::vector<bench::Blas> blas = bench::open_blas();
  std::printf("multiply-add peak of a core: %.1f GFLOP/s; peers:", bench::peak_flops() * 1e-9);
  for (const bench::Blas& b : blas) std::printf(" %s%s", b.name.c_str(), &b == &blas.back() ? "\n" : ",");
  std::vector<int> threads;
  std::vector<std::string> wanted;
  for (int i = 1; i < count; ++i) {
    if (std::strlen(words[i]) == 1 && words[i][0] >= '1' && words[i][0] <= '9')
      threads.push_back(words[i][0] - '0');
    else
      wanted.emplace_back(words[i]);
  }
  if (threads.empty()) threads = {1, 2};
  Benchmark benchmark(std::move(blas), std::move(wanted));
  for (const int n : threads)
    if (n <= static_cast<int>(std::thread::hardware_concurrency())) benchmark.run(n);
}
