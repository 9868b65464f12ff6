// error: only float, double, bf16 and half tensors have gradients
#include <hadal/tensor/tensor.hpp>

#ifdef HADAL_FIXED
using Element = float;
#else
using Element = std::int32_t;
#endif

void use(hadal::Tensor<Element, hadal::Cpu>& x) { x.set_requires_grad(true); }
