// error: an op's backward holds numbers only
#include <hadal/tensor/record.hpp>

using hadal::Cpu, hadal::Tensor;

void twice(const Tensor<float, Cpu>& x, Tensor<float, Cpu>& y) {
#ifdef HADAL_FIXED
  record("twice", y, hadal::inputs(x), hadal::saved(keep("y", y)),
         [](const auto& dy, auto& dx, const auto&) { dx.accumulate(dy); });
#else
  record("twice", y, hadal::inputs(x), hadal::saved(), [y](const auto& dy, auto& dx) { dx.accumulate(dy); });
#endif
}
