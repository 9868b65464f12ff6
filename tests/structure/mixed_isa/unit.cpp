// Compiled twice into one program: for the plain instruction set and for that of this machine. HADAL_UNIT names the
// function that each copy defines.
#include <hadal/cpu/matmul.hpp>
#include <hadal/hadal.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

struct Result {
  const char* isa;
  double product, norm;  // largest error, in units of what the arithmetic allows
};

Result HADAL_UNIT(std::int64_t n) {
  using namespace hadal;
  const auto a = Tensor<float, Cpu>::normal({n, n}, Key{1}), b = Tensor<float, Cpu>::normal({n, n}, Key{2});
  auto c = Tensor<float, Cpu>::empty({n, n});
  cpu::matmul<float, float, float>(Cpu{}, cpu::dense_matrix(c.data(), n, n),
                                   cpu::dense_matrix<const float>(a.data(), n, n),
                                   cpu::dense_matrix<const float>(b.data(), n, n), false);
  Result result{HADAL_STRINGIZE(HADAL_ISA), 0, 0};
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      double exact = 0, size = 0;
      for (std::int64_t k = 0; k < n; ++k) {
        const double term = double{a.data()[i * n + k]} * double{b.data()[k * n + j]};
        exact += term;
        size += std::abs(term);
      }
      const double allowed = static_cast<double>(n) * 6e-8 * size;
      result.product = std::max(result.product, std::abs(c.data()[i * n + j] - exact) / allowed);
    }
  const auto weight = Tensor<float, Cpu>::normal({n}, Key{3});
  const auto y = rms_norm(a, weight);
  const std::vector<double> exact = rms_norm_reference(a, weight);
  for (std::int64_t i = 0; i < n * n; ++i) {
    const double expected = exact[static_cast<std::size_t>(i)];
    result.norm = std::max(result.norm, std::abs(y.data()[i] - expected) / (std::abs(expected) * 1e-6 + 1e-12));
  }
  return result;
}
